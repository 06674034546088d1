import { el } from './dom';
import type { Content } from './dom';
import { seconds } from './format';
import type { Report } from './model';
import { textBlock } from './shown_text';
import { table } from './table';

function facts(report: Report): [string, Content][] {
  const { run } = report;
  const folded = (text: string) => el('code', {}, text);
  return [
    ['run', `${run.id} (${run.status})`],
    ['started', run.started],
    ['finished', run.finished || 'not yet'],
    ['assay', run.version],
    ['plan', folded(report.plan)],
    ['part of the matrix', report.selection || 'all of it'],
    ['intervals', `${report.confidence * 100} %, ${report.resamples.toLocaleString('en')} resamples`],
    ...(report.prompts ?? []).map((prompt): [string, Content] => ['prompt', [folded(prompt.name), ' ', el('span', { class: 'hint' }, prompt.hash)]]),
    ['again', folded(`assay report ${run.id}`)],
  ];
}

/** A price, with the sheet and date that it is from. */
function prices(report: Report): HTMLElement | null {
  const found = Object.entries(report.economics?.prices ?? {});
  if (found.length === 0) return null;
  const rows = found.map(([model, price]) => [el('code', {}, model), ...['price', 'dollars_per_hour'].map((key) => {
    const value = (price as Record<string, unknown> | null)?.[key];
    return value === null || value === undefined ? '–' : typeof value === 'object'
      ? Object.entries(value).map(([name, x]) => `${name} ${typeof x === 'object' ? JSON.stringify(x) : String(x)}`).join(', ')
      : String(value);
  })]);
  return table({ head: ['model', 'tokens, US dollars a million', 'machine, US dollars an hour'], rows }, 'Prices, with the sheet and the date that they are from where there is one');
}

function signatures(report: Report): HTMLElement | null {
  const rows = report.datasets.flatMap((dataset) => dataset.outputs.filter((output) => output.signature).map((output) =>
    [el('code', {}, output.name), dataset.name, output.metric, el('code', {}, output.signature)]));
  return rows.length === 0 ? null : table({ head: ['metric', 'dataset', 'plugin', 'signature'], rows }, 'How metrics were computed');
}

function failures(report: Report): Content {
  if (report.failures.length === 0) return null;
  return [el('h3', {}, 'Failures'), report.failures.map((failure) => el('details', { open: true },
    el('summary', {}, `${failure.label} · ${failure.outcome}${failure.attempts > 1 ? ` · ${failure.attempts} attempts` : ''}`),
    el('p', {}, failure.reason),
    failure.cells.length > 0 ? el('p', { class: 'hint' }, 'Without a result: ', failure.cells.map((cell) => [el('code', {}, cell), ' '])) : null,
    failure.log_tail ? textBlock(failure.log_tail) : null,
    el('p', { class: 'hint' }, 'stage ', el('code', {}, failure.stage))))];
}

/** What all of it rests on. */
export function provenance(report: Report): HTMLElement {
  return el('section', { id: 'provenance', 'aria-labelledby': 'provenance-title' },
    el('h2', { id: 'provenance-title' }, 'Where this comes from'),
    el('dl', {}, facts(report).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
    report.warnings.length > 0 ? [el('h3', {}, 'Warnings'), el('ul', {}, report.warnings.map((warning) => el('li', {}, warning)))] : null,
    failures(report), prices(report), signatures(report),
    report.page.yaml ? el('details', {}, el('summary', {}, 'The experiment, as it was resolved'), textBlock(report.page.yaml)) : null,
    el('details', {}, el('summary', {}, `${report.stages.length} stages and their keys`),
      table({ head: ['stage', 'kind', 'key', 'took'], rows: report.stages.map((stage) => [stage.label, stage.kind, el('code', {}, stage.key), seconds(stage.seconds)]) }, 'Stages')));
}
