import { groupOf, hasResult, valueOf } from './data';
import { el, svg } from './dom';
import type { Content } from './dom';
import {
  count,
  dollars,
  interval,
  isBetter,
  isKnown,
  milliseconds,
  number,
  pText,
  seconds,
  signed,
  signedInterval,
  significant,
} from './format';
import type { Dataset, Group, Known, Output, Report, Value } from './model';
import { ofDifference, ofKpi, ofValue, sourced } from './source';
import { familyTag } from './top';

/** One group, and the value of it that the matrix shows. */
export interface Line {
  dataset: Dataset;
  group: Group;
  output: Output | undefined;
  value: Value | undefined;
}

export interface Column {
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
export interface Scale {
  low: number;
  high: number;
}

const BAR_WIDTH = 176;
const BAR_ROOM = 4;

export function scaleOf(lines: Line[]): Scale {
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
  return svg(
    'svg',
    { class: `bar ${group.family}`, viewBox: `0 0 ${BAR_WIDTH} 20`, role: 'img', 'aria-label': words },
    isKnown(base) ? stroke(at(base), at(base), 0, 20, 'base') : null,
    isKnown(value.low) && isKnown(value.high)
      ? [
          stroke(at(value.low), at(value.high), 10, 10),
          stroke(at(value.low), at(value.low), 6, 14),
          stroke(at(value.high), at(value.high), 6, 14),
        ]
      : null,
    seeds.map((x) => svg('circle', { cx: at(x).toFixed(1), cy: 16, r: 2, class: 'seed' })),
    svg('circle', { cx: at(value.value).toFixed(1), cy: 10, r: 3.5 }),
  );
}

/** Difference to the baseline with its mark. */
export function against(report: Report, { dataset, group, output, value }: Line): Content {
  if (group.group === dataset.baseline) return el('span', { class: 'ci' }, 'baseline');
  const difference = value?.versus_baseline;
  if (!output || !difference || difference.difference === null) return '–';
  const text = signed(output, difference.difference);
  const better = isBetter(output, difference.difference);
  const mark = difference.shown ? (better ? '▲ ' : '▼ ') : '';
  return [
    el(
      'span',
      { class: difference.shown ? (better ? 'up' : 'down') : '' },
      mark,
      sourced(ofDifference(report, dataset, output, group.group, dataset.baseline), text),
    ),
    el('span', { class: 'ci' }, ` ${signedInterval(output, difference.low, difference.high)}`),
    el('br'),
    el('span', { class: 'ci' }, pText(difference)),
  ];
}

function seedsText({ group, output, value }: Line): string {
  if (group.seeds.length > 1 && group.distinct_results === 1) return 'any';
  return value && output && isKnown(value.seed_sd)
    ? `${value.by_seed.length} (SD ${number(output, value.seed_sd)})`
    : String(group.seeds.length);
}

function label(report: Report, { dataset, group }: Line): Content {
  const problems = [...group.violations];
  if (hasResult(group) && group.failures.length > 0)
    problems.push(`${group.failures.length} of ${group.cells.length} seeds without a result`);
  if (!hasResult(group)) problems.push(group.failures[0] ?? 'no result');
  return [
    el('code', {}, group.label),
    familyTag(group),
    group.group === dataset.recommendation.group ? el('span', { class: 'tag chosen' }, 'chosen') : null,
    problems.map((one) => [el('br'), el('span', { class: 'down' }, `▼ ${one}`)]),
    el(
      'span',
      { class: 'ids' },
      group.cells.map((cell) => el('code', { title: `assay show ${cell} --run ${report.run.id}` }, cell.slice(0, 8))),
    ),
  ];
}

/** A column of what groups cost; left out where nothing is known of it. */
function costColumn(
  report: Report,
  id: keyof Group['costs'],
  title: string,
  hint: string,
  text: (x: Known) => string,
  [kpi, metric, note]: [name: string, metric: string, note?: string],
): Column {
  return {
    id,
    title,
    hint,
    key: (line) => line.group.costs[id],
    cell: ({ group }) =>
      group.costs[id] === null
        ? '–'
        : sourced({ ...ofKpi(report, group, kpi, metric), note: note ?? 'a mean over seeds' }, text(group.costs[id])),
  };
}

function costColumns(report: Report): Column[] {
  return [
    costColumn(
      report,
      'adapt_seconds',
      'adapting',
      'time to train or to prepare prompts, all trials included',
      seconds,
      ['adapt_seconds', ''],
    ),
    costColumn(report, 'trained_parameters', 'trained', 'trained parameters', count, ['trained_parameters', '']),
    costColumn(report, 'prompt_tokens', 'prompt', 'prompt tokens a request', significant, [
      'prompt_tokens',
      '',
      'by the number of test examples, a mean over seeds',
    ]),
    costColumn(report, 'dollars_per_1k', 'per 1,000', 'US dollars for 1,000 requests', dollars, ['cost', 'cost']),
    costColumn(report, 'latency_p95_ms', 'p95', '95th percentile of latency, measured alone', milliseconds, [
      'latency.p95',
      'latency',
    ]),
  ];
}

function valueCell(report: Report, line: Line, scale: Scale): Content {
  const { group, output, value } = line;
  if (!output || !value || value.value === null) return hasResult(group) ? '–' : 'no result';
  return [
    el('b', {}, sourced(ofValue(report, group, output), number(output, value.value))),
    el('span', { class: 'ci' }, ` ${interval(output, value.low, value.high)}`),
    bar(line, scale),
  ];
}

/** The columns that tell these lines apart or know something of them; `title` is that of the value. */
export function columnsFor(report: Report, lines: Line[], title: string, scale: (line: Line) => Scale): Column[] {
  const named = (id: string, of: (line: Line) => string): Column[] =>
    new Set(lines.map(of)).size > 1
      ? [
          {
            id,
            title: id,
            hint: 'the experiment’s name for it',
            text: true,
            key: of,
            cell: (line) => el('code', {}, of(line)),
          },
        ]
      : [];
  return [
    {
      id: 'rank',
      title: 'rank',
      hint: '1 holds every cell that is not shown to differ from the best by the primary metric, and so on; = is shared',
      text: true,
      key: (line) => line.group.rank,
      cell: ({ group }) => (group.rank === null ? '–' : `${group.rank}${group.tied ? ' =' : ''}`),
    },
    ...named('dataset', (line) => line.dataset.name),
    ...named('model', (line) => line.group.model),
    {
      id: 'cell',
      title: 'strategy',
      hint: 'with its cells’ ids, one a seed',
      text: true,
      key: (line) => line.group.label,
      cell: (line) => label(report, line),
    },
    {
      id: 'value',
      title,
      hint: 'the mean over seeds, with its interval over examples',
      largeFirst: true,
      key: (line) => line.value?.value ?? null,
      cell: (line) => valueCell(report, line, scale(line)),
    },
    {
      id: 'gain',
      title: 'against the baseline',
      hint: '▲ better and ▼ worse where that is shown by a paired test, corrected for the number of comparisons',
      largeFirst: true,
      key: (line) => line.value?.versus_baseline?.difference ?? null,
      cell: (line) => against(report, line),
    },
    {
      id: 'seeds',
      title: 'seeds',
      hint: 'how many, with their standard deviation; “any” where the result does not depend on the seed',
      key: (line) => line.value?.seed_sd ?? null,
      cell: seedsText,
    },
    ...costColumns(report).filter((column) => lines.some((line) => column.key(line) !== null)),
  ];
}

/** By a column; what is unknown comes last either way. */
export function sorted(lines: Line[], column: Column, descending: boolean): Line[] {
  const turn = descending ? -1 : 1;
  return [...lines].sort((x, y) => {
    const [a, b] = [column.key(x), column.key(y)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return (
      turn *
      (typeof a === 'string' || typeof b === 'string'
        ? String(a).localeCompare(String(b), 'en', { numeric: true })
        : a - b)
    );
  });
}
