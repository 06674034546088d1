import { diffView } from './diff_view';
import { choice, el, replace } from './dom';
import type { Content } from './dom';
import { isRight } from './example_filter';
import type { Filter } from './example_filter';
import { significant, whole } from './format';
import type { Example, ExampleSet, Fitted, Report, Row } from './model';
import { plain, textBlock, visible } from './shown_text';

/** "2 shots dropped, 40 tokens cut from the input". */
function takenText(fitted: Fitted): string {
  const part = (n: number, thing: string, happened: string) => (n > 0 ? `${whole(n)} ${thing}${n === 1 ? '' : 's'} ${happened}` : '');
  return [
    part(fitted.shots_dropped, 'shot', 'dropped'),
    part(fitted.passages_dropped, 'passage', 'dropped'),
    part(fitted.input_tokens_cut, 'token', 'cut from the input'),
  ].filter(Boolean).join(', ') || 'nothing taken out';
}

export function mark(right: boolean | null): HTMLElement {
  const [name, sign, words] = right === null ? ['', '–', 'not scored'] : right ? ['up', '✓', 'right'] : ['down', '✗', 'wrong'];
  return el('span', { class: name, role: 'img', 'aria-label': words, title: words }, sign);
}

/** The prompt, also where an earlier cell was asked the same. */
function promptOf(example: Example, row: Row): { prompt: unknown; sameAs: number | null } {
  if (typeof row.prompt !== 'number') return { prompt: row.prompt, sameAs: null };
  return { prompt: example.cells[row.prompt]?.prompt ?? '', sameAs: row.prompt };
}

function prompts(example: Example, row: Row, set: ExampleSet): Content {
  const { prompt, sameAs } = promptOf(example, row);
  const usage = row.usage ?? {};
  const tokens = [
    ['prompt_tokens', 'prompt tokens'], ['cached_prompt_tokens', 'of them cached'], ['completion_tokens', 'completion tokens'],
  ].filter(([key]) => usage[key ?? ''] !== undefined).map(([key, words]) => `${whole(usage[key ?? ''] ?? 0)} ${words}`).join(', ');
  const several = row.prompts && row.prompts.length > 1;
  return el('details', { open: true, class: 'prompt' },
    el('summary', {}, `Exact prompt${tokens ? ` · ${tokens}` : ''}`),
    sameAs !== null ? el('p', { class: 'hint' }, 'The same as that of ', el('code', {}, set.cells[sameAs]?.label ?? ''), `, seed ${set.cells[sameAs]?.seed ?? ''}.`) : null,
    several
      ? row.prompts?.map((one, i) => [el('p', { class: 'hint' }, `request ${i + 1}${row.steps?.[i] ? ` · ${row.steps[i]}` : ''}`), textBlock(one)])
      : textBlock(prompt),
    row.fitted?.map((one) => el('p', { class: 'fitted' }, `${several ? `request ${one.request + 1}: ` : ''}${takenText(one)} to fit the model’s window; ${whole(one.prompt_tokens)} prompt tokens left`)));
}

function found(row: Row): Content {
  const lines: [string, string][] = [
    ...Object.entries(row.numbers ?? {}).map(([name, value]): [string, string] => [name, significant(value)]),
    ...Object.entries(row.details ?? {}).map(([name, value]): [string, string] => [name, visible(plain(value))]),
    ...(row.choice_scores === undefined || row.choice_scores === null ? [] : [['choice scores', plain(row.choice_scores)] as [string, string]]),
  ];
  if (lines.length === 0) return null;
  return el('details', {}, el('summary', {}, 'What the strategy noted'),
    el('dl', {}, lines.map(([name, text]) => [el('dt', {}, name), el('dd', { dir: 'auto' }, text.slice(0, 2000))])));
}

function column(example: Example, place: number, set: ExampleSet, filter: Filter, report: Report): HTMLElement {
  const cell = set.cells[place];
  const row = example.cells[place];
  const head = [
    el('h4', {}, el('code', {}, cell?.label ?? ''), ` seed ${cell?.seed ?? ''} `, row ? mark(isRight(row.scores[0] ?? null, filter)) : null),
    el('p', { class: 'hint' }, el('code', {}, `assay show ${cell?.cell.slice(0, 12)} --example ${example.id} --run ${report.run.id}`))];
  if (!row) return el('section', { class: 'asked' }, head, el('p', { class: 'hint' }, 'This cell has no row for this example.'));
  return el('section', { class: 'asked', 'data-cell': cell?.cell }, head,
    el('h5', {}, row.outputs.length > 1 ? `Raw outputs (${row.outputs.length})` : 'Raw output'),
    row.outputs.length === 0 ? el('p', { class: 'hint' }, row.error ? `no output: ${row.error}` : 'no text: the choices were scored by their log-probability') : null,
    row.outputs.map((output) => textBlock(output, 'output')),
    el('dl', {},
      el('dt', {}, 'read as'), el('dd', { dir: 'auto', class: 'parsed' }, row.answer === '' ? el('span', { class: 'hint' }, '(nothing could be read)') : visible(row.answer.slice(0, 2000))),
      set.outputs.map((name, i) => [el('dt', {}, name), el('dd', {}, significant(row.scores[i] ?? null))])),
    prompts(example, row, set), found(row));
}

function comparison(example: Example, set: ExampleSet, places: number[]): Content {
  const known = places.filter((place) => example.cells[place]);
  if (known.length < 2) return null;
  let [a, b] = [known[0] ?? 0, known[1] ?? 0];
  const output = (place: number) => (example.cells[place]?.outputs ?? []).join('\n') || example.cells[place]?.answer || '';
  const place = el('div', { class: 'diff-place' });
  const show = () => replace(place, diffView(output(a), output(b)));
  const names = known.map((one) => [String(one), `${set.cells[one]?.label} seed ${set.cells[one]?.seed}`] as const);
  show();
  return el('details', { open: true }, el('summary', {}, 'Difference between two outputs'),
    el('div', { class: 'controls' },
      choice('From', names, String(a), (one) => { a = Number(one); show(); }),
      choice('to', names, String(b), (one) => { b = Number(one); show(); })),
    place);
}

/** One example as the chosen cells were asked and answered, side by side. */
export function exampleView(example: Example, set: ExampleSet, places: number[], filter: Filter, report: Report): Content {
  return [
    el('dl', { class: 'asked-for' },
      el('dt', {}, 'input'), el('dd', {}, textBlock(example.input)),
      el('dt', {}, example.references && example.references.length > 1 ? 'targets' : 'target'),
      el('dd', {}, [...new Set([example.target, ...(example.references ?? [])])].map((one) => textBlock(one, 'target'))),
      example.choices ? [el('dt', {}, 'choices'), el('dd', {}, example.choices.map((one) => [el('code', {}, one), ' ']))] : null),
    el('div', { class: 'side-by-side' }, places.map((place) => column(example, place, set, filter, report))),
    comparison(example, set, places)];
}
