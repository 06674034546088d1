import { familyTag } from './top';
import { groupOf, hasResult, outputOf, valueOf } from './data';
import { choice, el, replace, svg } from './dom';
import type { Content } from './dom';
import { count, differenceUnit, dollars, interval, isBetter, isKnown, milliseconds, number, pText, seconds, signed, signedInterval, significant, titleOf } from './format';
import type { Dataset, Group, Known, Output, Report, Value } from './model';
import { ofDifference, ofKpi, ofValue, sourced } from './source';

interface Line {
  dataset: Dataset;
  group: Group;
  output: Output | undefined;
  value: Value | undefined;
}

interface Column {
  id: string;
  title: string;
  hint: string;
  /** What rows are sorted by: unknown ones come last either way. */
  key(line: Line): Known | string;
  /** Whether the larger is first when it is sorted for the first time. */
  largeFirst?: boolean;
  cell(line: Line): Content;
  text?: boolean;
}

/** The stretch of values that bars share. */
interface Scale {
  low: number;
  high: number;
}

const BAR_WIDTH = 176;
const BAR_ROOM = 4;

function scaleOf(lines: Line[]): Scale {
  let low = Infinity;
  let high = -Infinity;
  for (const { value } of lines) {
    for (const x of [value?.value, value?.low, value?.high, ...(value?.by_seed ?? [])]) {
      if (isKnown(x)) {
        low = Math.min(low, x);
        high = Math.max(high, x);
      }
    }
  }
  if (low > high) return { low: 0, high: 1 };
  const room = high > low ? (high - low) * 0.04 : Math.max(Math.abs(high) * 0.04, 1e-9);
  return { low: low - room, high: high + room };
}

/** An interval as a bar, the value as a dot, each seed as a small ring, the baseline as a dashed line. */
function bar({ dataset, group, output, value }: Line, scale: Scale): Content {
  if (!value || !output || value.value === null) return null;
  const at = (x: number) => BAR_ROOM + ((BAR_WIDTH - 2 * BAR_ROOM) * (x - scale.low)) / (scale.high - scale.low);
  const stroke = (x1: number, x2: number, y1: number, y2: number, name?: string) =>
    svg('line', { x1: x1.toFixed(1), x2: x2.toFixed(1), y1, y2, class: name });
  const baseline = groupOf(dataset, dataset.baseline);
  const base = baseline ? valueOf(baseline, output.name)?.value : undefined;
  const seeds = value.by_seed.length > 1 ? value.by_seed.filter(isKnown) : [];
  const words = `${number(output, value.value)} ${interval(output, value.low, value.high)}${seeds.length ? `; seeds ${seeds.map((x) => number(output, x)).join(', ')}` : ''}`;
  return svg('svg', { class: `bar ${group.family}`, viewBox: `0 0 ${BAR_WIDTH} 20`, role: 'img', 'aria-label': words },
    isKnown(base) ? stroke(at(base), at(base), 0, 20, 'base') : null,
    isKnown(value.low) && isKnown(value.high)
      ? [stroke(at(value.low), at(value.high), 10, 10), stroke(at(value.low), at(value.low), 6, 14), stroke(at(value.high), at(value.high), 6, 14)]
      : null,
    seeds.map((x) => svg('circle', { cx: at(x).toFixed(1), cy: 16, r: 2, class: 'seed' })),
    svg('circle', { cx: at(value.value).toFixed(1), cy: 10, r: 3.5 }));
}

/** Difference to the baseline with its mark. */
function against(report: Report, { dataset, group, output, value }: Line): Content {
  if (group.group === dataset.baseline) return el('span', { class: 'ci' }, 'baseline');
  const difference = value?.versus_baseline;
  if (!output || !difference || difference.difference === null) return '–';
  const text = signed(output, difference.difference);
  const better = isBetter(output, difference.difference);
  const mark = difference.shown ? (better ? '▲ ' : '▼ ') : '';
  return [
    el('span', { class: difference.shown ? (better ? 'up' : 'down') : '' }, mark,
      sourced(ofDifference(report, dataset, output, group.group, dataset.baseline), text)),
    el('span', { class: 'ci' }, ` ${signedInterval(output, difference.low, difference.high)}`),
    el('br'), el('span', { class: 'ci' }, pText(difference))];
}

function seedsText({ group, output, value }: Line): string {
  if (group.seeds.length > 1 && group.distinct_results === 1) return 'any';
  return value && output && isKnown(value.seed_sd) ? `${value.by_seed.length} (SD ${number(output, value.seed_sd)})` : String(group.seeds.length);
}

function label(report: Report, { dataset, group }: Line): Content {
  const problems = [...group.violations];
  if (hasResult(group) && group.failures.length > 0) problems.push(`${group.failures.length} of ${group.cells.length} seeds without a result`);
  if (!hasResult(group)) problems.push(group.failures[0] ?? 'no result');
  return [
    el('code', {}, group.label), familyTag(group),
    group.group === dataset.recommendation.group ? el('span', { class: 'tag chosen' }, 'chosen') : null,
    problems.map((one) => [el('br'), el('span', { class: 'down' }, `▼ ${one}`)]),
    el('span', { class: 'ids' }, group.cells.map((cell) => el('code', { title: `assay show ${cell} --run ${report.run.id}` }, cell.slice(0, 8))))];
}

function columnsFor(report: Report, lines: Line[], title: string, scale: (line: Line) => Scale): Column[] {
  const several = (of: (line: Line) => string) => new Set(lines.map(of)).size > 1;
  const cost = (id: keyof Group['costs'], name: string, hint: string, text: (x: Known) => string, kpi: string, metric = ''): Column => ({
    id, title: name, hint,
    key: (line) => line.group.costs[id],
    cell: ({ group }) => (group.costs[id] === null ? '–' : sourced(ofKpi(report, group, kpi, metric), text(group.costs[id]))),
  });
  const columns: (Column | false)[] = [
    { id: 'rank', title: 'rank', hint: '1 holds every cell that is not shown to differ from the best by the primary metric, and so on; = is shared', text: true,
      key: (line) => line.group.rank, cell: ({ group }) => (group.rank === null ? '–' : `${group.rank}${group.tied ? ' =' : ''}`) },
    several((line) => line.dataset.name) && { id: 'dataset', title: 'dataset', hint: 'the experiment’s name for it', text: true,
      key: (line) => line.dataset.name, cell: (line) => el('code', {}, line.dataset.name) },
    several((line) => line.group.model) && { id: 'model', title: 'model', hint: 'the experiment’s name for it', text: true,
      key: (line) => line.group.model, cell: (line) => el('code', {}, line.group.model) },
    { id: 'cell', title: 'strategy', hint: 'with its cells’ ids, one a seed', text: true, key: (line) => line.group.label, cell: (line) => label(report, line) },
    { id: 'value', title, hint: 'the mean over seeds, with its interval over examples', largeFirst: true,
      key: (line) => line.value?.value ?? null,
      cell: (line) => line.output && line.value && line.value.value !== null
        ? [el('b', {}, sourced(ofValue(report, line.group, line.output), number(line.output, line.value.value))),
           el('span', { class: 'ci' }, ` ${interval(line.output, line.value.low, line.value.high)}`), bar(line, scale(line))]
        : hasResult(line.group) ? '–' : 'no result' },
    { id: 'gain', title: 'against the baseline', hint: '▲ better and ▼ worse where that is shown by a paired test, corrected for the number of comparisons', largeFirst: true,
      key: (line) => line.value?.versus_baseline?.difference ?? null, cell: (line) => against(report, line) },
    { id: 'seeds', title: 'seeds', hint: 'how many, with their standard deviation; “any” where the result does not depend on the seed',
      key: (line) => line.value?.seed_sd ?? null, cell: seedsText },
    cost('adapt_seconds', 'adapting', 'time to train or to prepare prompts, all trials included', seconds, 'adapt_seconds'),
    cost('trained_parameters', 'trained', 'trained parameters', count, 'trained_parameters'),
    cost('prompt_tokens', 'prompt tokens', 'tokens a request', significant, 'prompt_tokens'),
    cost('dollars_per_1k', 'per 1,000', 'US dollars for 1,000 requests', dollars, 'cost', 'cost'),
    cost('latency_p95_ms', 'p95', '95th percentile of latency, measured alone', milliseconds, 'latency.p95', 'latency'),
  ];
  const known = (column: Column) => !(column.id in (lines[0]?.group.costs ?? {})) || lines.some((line) => column.key(line) !== null);
  return columns.filter((column): column is Column => column !== false && known(column));
}

function sorted(lines: Line[], column: Column, descending: boolean): Line[] {
  const turn = descending ? -1 : 1;
  return [...lines].sort((x, y) => {
    const [a, b] = [column.key(x), column.key(y)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return turn * (typeof a === 'string' || typeof b === 'string' ? String(a).localeCompare(String(b), 'en', { numeric: true }) : a - b);
  });
}

/** Strategies down, models and datasets across. */
function grid(report: Report, lines: Line[]): HTMLElement {
  const columns = [...new Set(lines.map((line) => `${line.dataset.name} · ${line.group.model}`))];
  const at = new Map(lines.map((line) => [`${line.group.label}\n${line.dataset.name} · ${line.group.model}`, line]));
  const cell = (line: Line | undefined) => {
    if (!line?.output || !line.value || line.value.value === null) return el('td', {}, line ? 'no result' : '');
    const chosen = line.group.group === line.dataset.recommendation.group;
    return el('td', { class: chosen ? 'chosen' : undefined },
      el('b', {}, sourced(ofValue(report, line.group, line.output), number(line.output, line.value.value))),
      el('span', { class: 'ci' }, ` ${interval(line.output, line.value.low, line.value.high)}`), el('br'), against(report, line));
  };
  return el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'l' }, 'strategy'), columns.map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, [...new Set(lines.map((line) => line.group.label))].map((name) =>
      el('tr', {}, el('th', { scope: 'row' }, el('code', {}, name)), columns.map((column) => cell(at.get(`${name}\n${column}`)))))));
}

/** Everything that was measured: strategy × model × dataset. */
export function matrix(report: Report): HTMLElement {
  const names = [...new Set(report.datasets.flatMap((dataset) => dataset.outputs.map((output) => output.name)))];
  let metric = report.datasets[0]?.primary ?? names[0] ?? '';
  let shape = 'list';
  let filter = '';
  let order: { id: string; descending: boolean } = { id: '', descending: false };
  const place = el('div', { class: 'scroll matrix', tabindex: 0, role: 'region', 'aria-label': 'Matrix' });
  const said = el('p', { class: 'note', role: 'status' });

  const linesOf = (): Line[] => report.datasets.flatMap((dataset) => dataset.groups.map((group) => ({
    dataset, group, output: outputOf(dataset, metric), value: valueOf(group, metric) })));
  const isWanted = ({ dataset, group }: Line) => {
    const text = `${dataset.name} ${group.model} ${group.label} ${group.family} ${group.cells.join(' ')}`.toLowerCase();
    return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  };

  const list = (all: Line[], lines: Line[]) => {
    const first = all.find((line) => line.output)?.output;
    const scales = new Map(report.datasets.map((dataset) => [dataset, scaleOf(first?.share ? all : all.filter((line) => line.dataset === dataset))]));
    const columns = columnsFor(report, all, first ? titleOf(first) : metric, (line) => scales.get(line.dataset) ?? { low: 0, high: 1 });
    const by = columns.find((column) => column.id === order.id);
    const shown = by ? sorted(lines, by, order.descending) : lines;
    const sortBy = (column: Column) => {
      order = order.id === column.id ? { id: column.id, descending: !order.descending } : { id: column.id, descending: column.largeFirst === true };
      show();
      place.querySelector<HTMLElement>(`th[data-column="${column.id}"] button`)?.focus();
    };
    const head = (column: Column) => el('th', {
      scope: 'col', class: column.text ? 'l' : undefined, title: column.hint, 'data-column': column.id,
      'aria-sort': order.id === column.id ? (order.descending ? 'descending' : 'ascending') : 'none' },
      el('button', { type: 'button', class: 'sort', click: () => sortBy(column) }, column.title,
        el('span', { 'aria-hidden': 'true' }, order.id === column.id ? (order.descending ? ' ↓' : ' ↑') : '')));
    const row = (line: Line, i: number) => {
      const before = shown[i - 1];
      const tier = !by && before && (before.dataset !== line.dataset || before.group.rank !== line.group.rank);
      const classes = [line.group.group === line.dataset.recommendation.group && 'chosen', !hasResult(line.group) && 'failed', tier && 'tier'].filter(Boolean);
      return el('tr', { class: classes.join(' ') || undefined, 'data-group': line.group.group }, columns.map((column) =>
        column.id === 'cell' ? el('th', { scope: 'row' }, column.cell(line)) : el('td', { class: column.text ? 'l' : undefined }, column.cell(line))));
    };
    return el('table', {}, el('thead', {}, el('tr', {}, columns.map(head))), el('tbody', {}, shown.map(row)));
  };

  const show = () => {
    const all = linesOf();
    const lines = all.filter(isWanted);
    replace(place, shape === 'grid' ? grid(report, lines) : list(all, lines));
    const output = all.find((line) => line.output)?.output;
    said.textContent = `${lines.length} of ${all.length} rows; ${output ? `${titleOf(output)}: ${output.higher_is_better ? 'higher' : 'lower'} is better, differences in ${differenceUnit(output) || 'its unit'}` : ''}. ` +
      'Bars are intervals, rings are seeds, the dashed line is the baseline. Heavy lines part tiers: within one, no cell is shown to differ from its best.';
  };
  show();
  return el('section', { id: 'matrix', 'aria-labelledby': 'matrix-title' },
    el('h2', { id: 'matrix-title' }, 'Everything measured'),
    el('div', { class: 'controls' },
      choice('Metric', names.map((name) => [name, name] as const), metric, (name) => { metric = name; show(); }),
      choice('As', [['list', 'a list'], ['grid', 'strategy × model × dataset']], shape, (name) => { shape = name; show(); }),
      el('label', { class: 'control' }, el('span', {}, 'Filter'),
        el('input', { type: 'search', placeholder: 'few_shot, hybrid, …', input: (event) => { filter = (event.target as HTMLInputElement).value.trim(); show(); } }))),
    place, said);
}
