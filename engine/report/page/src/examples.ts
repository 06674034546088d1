import type { Context } from './context';
import type { Examples } from './data';
import { choice, el, labelled, replace } from './dom';
import { ORDERS, WHICH, isBinary, listed } from './example_filter';
import type { Filter, Order, Which } from './example_filter';
import { exampleList, pager } from './example_list';
import { exampleView } from './example_view';
import type { Example, ExampleIndex, ExampleSet } from './model';
import { search } from './search';
import { linkTo } from './links';
import { visible } from './shown_text';

const PAGE = 20;
const SEARCH_AFTER_MS = 300;

/** How many examples and cells there are, and how many of them are in the page. */
function extent({ rows, cells, left_out: leftOut }: ExampleSet): string {
  const shown = `${rows.toLocaleString('en')} examples, ${cells.length} cells (seeds of equal results once).`;
  if (!leftOut || (leftOut.rows === 0 && leftOut.cells === 0)) return shown;
  return `${shown} Left out to keep the file small: ${leftOut.rows.toLocaleString('en')} examples and ${leftOut.cells} cells, which assay show prints.`;
}

/** What was asked and answered: a list that is filtered and paged, and one example side by side across cells. */
export class ExamplesView {
  readonly element = el('section', { id: 'examples', 'aria-labelledby': 'examples-title' });
  private readonly filter: Filter;
  private readonly also = new Set<number>();
  private readonly controls = el('div', { class: 'controls' });
  private readonly list = el('div');
  private readonly said = el('p', { class: 'note', role: 'status' });
  private readonly detail = el('article', { id: 'example', tabindex: -1, 'aria-live': 'polite' });
  private index?: ExampleIndex;
  private started?: Promise<void>;
  private rows: number[] = [];
  private page = 0;
  private opened: number | null = null;
  private query = '';
  private waiting = 0;

  constructor(
    private readonly context: Context,
    private readonly examples: Examples,
  ) {
    const { cells } = examples.set;
    const place = (group: string | undefined) =>
      Math.max(
        0,
        cells.findIndex((cell) => cell.group === group),
      );
    const a = place(context.chosen?.group);
    const second = place(context.baseline?.group);
    const b =
      second !== a
        ? second
        : Math.max(
            0,
            cells.findIndex((cell) => cell.group !== cells[a]?.group),
          );
    this.filter = { which: 'all', order: 'disagreement', a, b, threshold: 1, higherIsBetter: true, found: null };
    const output = context.dataset.outputs.find((one) => one.name === examples.set.outputs[0]);
    this.filter.higherIsBetter = output?.higher_is_better ?? true;
    replace(
      this.element,
      el('h2', { id: 'examples-title' }, 'Examples'),
      el(
        'p',
        { class: 'note' },
        'What was asked and answered on ',
        el('code', {}, context.dataset.name),
        `: ${extent(examples.set)}`,
      ),
      this.controls,
      this.said,
      this.list,
      this.detail,
    );
    this.startNearView();
  }

  private startNearView(): void {
    const near = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.watch(this.start());
      },
      { rootMargin: '200px' },
    );
    near.observe(this.element);
  }

  /** Unpacks the index, once. */
  private start(): Promise<void> {
    this.started ??= (async () => {
      this.said.textContent = 'Unpacking the examples…';
      this.index = await this.examples.readIndex();
      if (!isBinary(this.index)) this.filter.threshold = 0.5;
      this.showControls();
      await this.refresh();
    })();
    return this.started;
  }

  private name(place: number): string {
    const cell = this.examples.set.cells[place];
    return `${cell?.label ?? ''} · seed ${cell?.seed ?? ''}`;
  }

  private showControls(): void {
    const { filter } = this;
    const names = this.examples.set.cells.map((_, place) => [String(place), this.name(place)] as const);
    const set = (change: () => void) => () => {
      change();
      this.watch(this.refresh());
      this.watch(this.showOpened());
    };
    const pick = (
      label: string,
      options: readonly (readonly [string, string])[],
      now: string,
      change: (value: string) => void,
    ) => choice(label, options, now, (value) => set(() => change(value))());
    replace(
      this.controls,
      pick('A', names, String(filter.a), (value) => {
        filter.a = Number(value);
      }),
      pick('B', names, String(filter.b), (value) => {
        filter.b = Number(value);
      }),
      pick('Show', WHICH, filter.which, (value) => {
        filter.which = value as Which;
      }),
      pick('Order', ORDERS, filter.order, (value) => {
        filter.order = value as Order;
      }),
      this.index && !isBinary(this.index) ? this.thresholdControl() : null,
      labelled(
        'Search',
        el('input', {
          type: 'search',
          value: this.query,
          placeholder: 'in all texts',
          input: (event) => this.searchSoon((event.target as HTMLInputElement).value),
        }),
      ),
      this.goTo(),
      this.examples.set.cells.length > 2 ? this.alsoControl() : null,
    );
  }

  private thresholdControl(): HTMLElement {
    const input = el('input', {
      type: 'number',
      step: 'any',
      value: this.filter.threshold,
      change: () => {
        this.filter.threshold = Number(input.value);
        this.watch(this.refresh());
      },
    });
    return labelled(
      `Right ${this.filter.higherIsBetter ? 'from' : 'up to'} ${this.examples.set.outputs[0] ?? 'score'}`,
      input,
    );
  }

  private goTo(): HTMLElement {
    const input = el('input', { type: 'text', size: 8, placeholder: 'id', 'aria-label': 'Example id' });
    return el(
      'form',
      {
        class: 'control',
        submit: (event) => {
          event.preventDefault();
          if (input.value.trim() !== '') location.hash = linkTo(this.context.dataset.name, input.value.trim());
        },
      },
      el('span', {}, 'Go to example'),
      el('span', { class: 'together' }, input, el('button', { type: 'submit', class: 'action' }, 'Open')),
    );
  }

  private alsoControl(): HTMLElement {
    return el(
      'details',
      { class: 'control' },
      el('summary', {}, 'Also side by side'),
      el(
        'fieldset',
        {},
        el('legend', { class: 'hint' }, 'beside A and B'),
        this.examples.set.cells.map((_, place) => {
          const box = el('input', {
            type: 'checkbox',
            checked: this.also.has(place),
            change: () => {
              if (box.checked) this.also.add(place);
              else this.also.delete(place);
              this.watch(this.showOpened());
            },
          });
          return el('label', {}, box, ' ', this.name(place));
        }),
      ),
    );
  }

  private searchSoon(words: string): void {
    this.query = words.trim();
    window.clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.watch(this.runSearch(this.query)), SEARCH_AFTER_MS);
  }

  private async runSearch(words: string): Promise<void> {
    if (words === '') {
      this.filter.found = null;
      return this.refresh();
    }
    const found = await search(
      this.examples,
      words,
      () => this.query !== words,
      (share) => {
        this.said.textContent = `Searching… ${Math.round(share * 100)} %`;
      },
    );
    if (!found) return;
    this.filter.found = found;
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    if (!this.index) return;
    this.rows = listed(this.index, this.filter);
    this.page = 0;
    await this.showPage();
  }

  private async showPage(): Promise<void> {
    const index = this.index;
    if (!index) return;
    const pages = Math.max(1, Math.ceil(this.rows.length / PAGE));
    const page = this.page;
    const rows = this.rows.slice(page * PAGE, (page + 1) * PAGE);
    const examples: Example[] = [];
    for (const row of rows) examples.push(await this.examples.read(row));
    if (page !== this.page || rows.some((row, i) => this.rows[page * PAGE + i] !== row)) return; // another page was asked for meanwhile
    const of = `${this.rows.length.toLocaleString('en')} of ${index.ids.length.toLocaleString('en')} examples`;
    this.said.textContent =
      this.rows.length === 0
        ? `No example is like that (0 of ${index.ids.length.toLocaleString('en')}).`
        : `${of}; page ${page + 1} of ${pages.toLocaleString('en')}`;
    const go = (wanted: number) => {
      this.page = wanted;
      this.watch(this.showPage());
    };
    replace(
      this.list,
      rows.length > 0
        ? exampleList({
            dataset: this.context.dataset.name,
            index,
            rows,
            examples,
            filter: this.filter,
            opened: this.opened,
            name: (place) => this.name(place),
          })
        : null,
      pages > 1 ? pager(page, pages, go) : null,
    );
  }

  /** Says what went wrong where a block of the file cannot be unpacked. */
  private watch(work: Promise<void>): void {
    work.catch((error: unknown) => {
      replace(
        this.said,
        el(
          'span',
          { class: 'alert' },
          `The examples cannot be read (${String(error)}): the file is damaged, write the report again.`,
        ),
      );
    });
  }

  /** Opens one example by its id, or, where no example has that id, by its number in the test set. */
  open(id: string): void {
    this.watch(this.opening(id));
  }

  private async opening(id: string): Promise<void> {
    await this.start();
    const index = this.index;
    if (!index) return;
    let row = index.ids.indexOf(id);
    if (row < 0 && /^\d+$/.test(id) && Number(id) < index.ids.length) row = Number(id);
    if (row < 0) {
      this.opened = null;
      replace(
        this.detail,
        el(
          'p',
          { class: 'alert' },
          `There is no example “${id}” on ${this.context.dataset.name}; ids run like “${index.ids[0] ?? ''}”.`,
        ),
      );
    } else {
      this.opened = row;
      await this.showOpened();
    }
    this.detail.scrollIntoView({ block: 'start' });
    this.detail.focus({ preventScroll: true });
  }

  private async showOpened(): Promise<void> {
    const row = this.opened;
    if (row === null) return;
    const example = await this.examples.read(row);
    const places = [...new Set([this.filter.a, this.filter.b, ...this.also])];
    const at = this.rows.indexOf(row);
    const neighbour = (text: string, step: number) => {
      const id = at < 0 ? undefined : this.index?.ids[this.rows[at + step] ?? -1];
      return id === undefined ? null : el('a', { class: 'action', href: linkTo(this.context.dataset.name, id) }, text);
    };
    replace(
      this.detail,
      el('h3', {}, 'Example ', el('code', {}, visible(example.id))),
      el(
        'p',
        { class: 'pager' },
        neighbour('← Previous in the list', -1),
        neighbour('Next in the list →', 1),
        el('a', { class: 'action', href: linkTo(this.context.dataset.name, example.id) }, 'Link to this example'),
      ),
      exampleView(example, this.examples.set, places, this.filter, this.context.report),
    );
  }

  /** Lists what the chosen cell gets wrong; all, where it gets nothing wrong. */
  showFailures(): void {
    this.watch(this.showingFailures());
  }

  private async showingFailures(): Promise<void> {
    await this.start();
    this.filter.which = 'a_wrong';
    await this.refresh();
    if (this.rows.length === 0) {
      this.filter.which = 'all';
      await this.refresh();
    }
    this.showControls();
    this.element.scrollIntoView({ block: 'start' });
    this.list.querySelector<HTMLElement>('a')?.focus({ preventScroll: true });
  }
}
