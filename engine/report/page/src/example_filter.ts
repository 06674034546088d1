import type { ExampleIndex, Known } from './model';

export type Which = 'all' | 'differ' | 'a_right_b_wrong' | 'a_wrong_b_right' | 'a_wrong' | 'a_right' | 'both_wrong';

export const WHICH: readonly (readonly [Which, string])[] = [
  ['all', 'all examples'],
  ['differ', 'answers differ'],
  ['a_right_b_wrong', 'A right, B wrong'],
  ['a_wrong_b_right', 'A wrong, B right'],
  ['both_wrong', 'both wrong'],
  ['a_wrong', 'A wrong'],
  ['a_right', 'A right'],
];

export type Order = 'disagreement' | 'as_listed' | 'worst';

export const ORDERS: readonly (readonly [Order, string])[] = [
  ['disagreement', 'disagreements first'],
  ['as_listed', 'as in the test set'],
  ['worst', 'A’s worst first'],
];

/** Which examples are listed, and how. `a` and `b` are places of cells. */
export interface Filter {
  which: Which;
  order: Order;
  a: number;
  b: number;
  /** A score from which on (for outputs of which less is better: up to which) an answer counts as right. */
  threshold: number;
  higherIsBetter: boolean;
  /** Rows that a search found; null where nothing is searched for. */
  found: Set<number> | null;
}

export function scoreOf(index: ExampleIndex, cell: number, row: number, output = 0): Known {
  return index.scores[cell]?.[output]?.[row] ?? null;
}

/** null where there is no score. */
export function isRight(score: Known, filter: Pick<Filter, 'threshold' | 'higherIsBetter'>): boolean | null {
  if (score === null) return null;
  return filter.higherIsBetter ? score >= filter.threshold : score <= filter.threshold;
}

/** Whether all scores of the primary output are 0 or 1, so that right and wrong need no threshold. */
export function isBinary(index: ExampleIndex): boolean {
  return index.scores.every((cell) => (cell[0] ?? []).every((score) => score === null || score === 0 || score === 1));
}

function isListed(index: ExampleIndex, filter: Filter, row: number): boolean {
  if (filter.found && !filter.found.has(row)) return false;
  const a = isRight(scoreOf(index, filter.a, row), filter);
  const b = isRight(scoreOf(index, filter.b, row), filter);
  switch (filter.which) {
    case 'all': return true;
    case 'differ': return (index.distinct[row] ?? 0) > 1;
    case 'a_right_b_wrong': return a === true && b === false;
    case 'a_wrong_b_right': return a === false && b === true;
    case 'both_wrong': return a === false && b === false;
    case 'a_wrong': return a === false;
    case 'a_right': return a === true;
  }
}

/** The rows to list, in their order. */
export function listed(index: ExampleIndex, filter: Filter): number[] {
  const rows: number[] = [];
  for (let row = 0; row < index.ids.length; ++row) {
    if (isListed(index, filter, row)) rows.push(row);
  }
  if (filter.order === 'disagreement') rows.sort((x, y) => (index.distinct[y] ?? 0) - (index.distinct[x] ?? 0) || x - y);
  if (filter.order === 'worst') {
    const turn = filter.higherIsBetter ? 1 : -1;
    const key = (row: number) => turn * (scoreOf(index, filter.a, row) ?? Infinity);
    rows.sort((x, y) => key(x) - key(y) || x - y);
  }
  return rows;
}
