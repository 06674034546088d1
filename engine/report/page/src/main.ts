import { drawForPrint, redraw } from './chart';
import { calibration } from './calibration';
import { confusions } from './confusion';
import { contextOf, isMissing } from './context';
import type { Context, View } from './context';
import { trainingLoss, trainingSizes } from './curves';
import { Examples, readReport } from './data';
import { choice, el, replace } from './dom';
import type { Content } from './dom';
import { ExamplesView, linked } from './examples';
import { forest } from './forest';
import { fragility } from './fragility';
import { latencies } from './latency';
import { matrix } from './matrix';
import type { Dataset, Report } from './model';
import { isDark } from './palette';
import { pareto } from './pareto';
import { provenance } from './provenance';
import { sliceMaps } from './slices';
import { timeline } from './timeline';
import { answer, otherAnswers } from './top';
import { volume } from './volume';

/** Pictures of one dataset: a section each, in the order of the navigation. */
const PICTURES: readonly { id: string; title: string; views: (context: Context) => View[] }[] = [
  { id: 'differences', title: 'Differences', views: (context) => [forest(context)] },
  { id: 'trade-offs', title: 'Trade-offs', views: pareto },
  { id: 'volume', title: 'Volume', views: (context) => [volume(context)] },
  { id: 'learning', title: 'Learning', views: (context) => [trainingSizes(context), trainingLoss(context)] },
  { id: 'latency', title: 'Latency', views: (context) => [latencies(context)] },
  { id: 'mistakes', title: 'Mistakes', views: (context) => [sliceMaps(context), confusions(context), calibration(context)] },
  { id: 'fragility', title: 'Fragility', views: (context) => [fragility(context)] },
];

class App {
  private dataset: Dataset | undefined;
  private examples: ExamplesView | undefined;
  private readonly answers = el('section', { id: 'answer', 'aria-labelledby': 'answer-title' });
  private readonly pictures = el('div');
  private readonly exampleSection = el('div');
  private readonly picker = el('div', { class: 'together' });

  constructor(private readonly report: Report) {
    this.dataset = report.datasets[0];
  }

  build(tables: HTMLElement): HTMLElement {
    this.show();
    return el('main', { id: 'app' }, this.answers, matrix(this.report), this.pictures, this.exampleSection, this.time(), provenance(this.report), tables);
  }

  navigation(): HTMLElement {
    const links = [['answer', 'Answer'], ['matrix', 'Matrix'], ...PICTURES.map(({ id, title }) => [id, title]), ['examples', 'Examples'], ['timeline', 'Timeline'],
      ['provenance', 'Provenance'], ['tables', 'All tables']];
    return el('div', { class: 'bar-of-page' },
      el('nav', { 'aria-label': 'Sections' }, links.map(([id, title]) => el('a', { href: `#${id}` }, title))),
      el('div', { class: 'together' }, this.picker, themeSwitch()));
  }

  /** Shows the dataset that is chosen. */
  private show(): void {
    const { report, dataset } = this;
    const set = report.page.examples.find((one) => one.dataset === dataset?.name);
    const context = dataset && contextOf(report, dataset, set ? new Examples(set) : undefined, () => void this.examples?.showFailures());
    replace(this.picker, report.datasets.length > 1 && dataset
      ? choice('Dataset', report.datasets.map((one) => [one.name, one.name] as const), dataset.name, (name) => this.choose(report.datasets.find((one) => one.name === name)))
      : null);
    replace(this.answers, el('h2', { id: 'answer-title' }, 'Answer'), report.overall && report.datasets.length > 1 ? el('p', {}, report.overall.split('`').map((part, i) => (i % 2 ? el('code', {}, part) : part))) : null,
      context ? answer(context) : el('p', { class: 'alert' }, dataset ? `No cell has a result on ${dataset.name}.` : 'The run has no dataset.'),
      dataset ? otherAnswers(report, dataset, (other) => this.choose(other)) : null, problems(report));
    this.examples = context?.examples && new ExamplesView(context, context.examples);
    replace(this.pictures, context ? PICTURES.map((one) => section(one.id, one.title, one.views(context))) : null);
    replace(this.exampleSection, this.examples?.element ?? section('examples', 'Examples', [{ title: 'Examples', how: 'predictions in the results folder that the report is written from' }]));
  }

  private choose(dataset: Dataset | undefined): void {
    if (!dataset || dataset === this.dataset) return;
    this.dataset = dataset;
    this.show();
  }

  private time(): HTMLElement {
    return section('timeline', 'Timeline', [timeline(this.report)]);
  }

  /** Opens the example that the address names. */
  async follow(hash: string): Promise<void> {
    const link = linked(hash);
    if (!link) return;
    this.choose(this.report.datasets.find((one) => one.name === link.dataset));
    if (this.dataset?.name === link.dataset) await this.examples?.open(link.id);
  }
}

function section(id: string, title: string, views: View[]): HTMLElement {
  return el('section', { id, 'aria-labelledby': `${id}-title` }, el('h2', { id: `${id}-title` }, title), views.map((view): Content =>
    isMissing(view) ? el('p', { class: 'note missing' }, `${view.title}: not in this report. It takes ${view.how}.`) : view));
}

function problems(report: Report): Content {
  const { failures, warnings, run } = report;
  return [
    run.status === 'incomplete' ? el('p', { class: 'alert' }, 'The run is incomplete: some cells have no result yet.') : null,
    failures.length > 0 ? el('p', { class: 'alert' }, `${failures.length} stage${failures.length === 1 ? '' : 's'} failed: see `, el('a', { href: '#provenance' }, 'Provenance'), '.') : null,
    warnings.length > 0 ? el('details', { class: 'alert', open: warnings.length <= 3 }, el('summary', {}, `${warnings.length} warning${warnings.length === 1 ? '' : 's'}`), el('ul', {}, warnings.map((one) => el('li', {}, one)))) : null,
  ];
}

function themeSwitch(): HTMLElement {
  const button = el('button', { type: 'button', class: 'action', click: () => {
    document.documentElement.dataset['theme'] = isDark() ? 'light' : 'dark';
    name();
    redraw();
  } });
  const name = () => { button.textContent = isDark() ? 'Light' : 'Dark'; };
  name();
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { name(); redraw(); });
  return button;
}

/** The static page's own sections, folded at the end: what a page without a script shows. */
function fold(main: HTMLElement): HTMLElement {
  const details = el('details', {}, el('summary', {}, 'Everything as plain tables'));
  details.append(...main.children);
  return el('section', { id: 'tables', 'aria-labelledby': 'tables-title' }, el('h2', { id: 'tables-title' }, 'All tables'), details);
}

/** Paper shows all pictures, in the light colours, and all that is folded. */
function printWell(): void {
  let opened: HTMLDetailsElement[] = [];
  let theme: string | undefined;
  window.addEventListener('beforeprint', () => {
    theme = document.documentElement.dataset['theme'];
    document.documentElement.dataset['theme'] = 'light';
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const one of opened) one.open = true;
    drawForPrint();
  });
  window.addEventListener('afterprint', () => {
    if (theme === undefined) delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    for (const one of opened) one.open = false;
    redraw();
  });
}

function start(): void {
  const main = document.querySelector('main');
  const header = document.querySelector('header');
  if (!main || !header) throw new Error('The page has no main part: the file is damaged, write the report again.');
  const app = new App(readReport());
  const built = app.build(fold(main));
  main.replaceWith(built);
  header.after(app.navigation());
  document.documentElement.dataset['ready'] = 'true';
  printWell();
  window.addEventListener('hashchange', () => void app.follow(location.hash));
  void app.follow(location.hash);
}

start();
