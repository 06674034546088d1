/** The report's data: report.json (docs/report-json.md) and, under `page`, what only the page shows. */

/** null where it is not known. */
export type Known = number | null;

export interface Report {
  experiment: string;
  plan: string;
  selection: string;
  confidence: number;
  resamples: number;
  constraints: { latency_p95_ms: Known; cost_per_1k_requests: Known };
  overall: string;
  datasets: Dataset[];
  economics?: Economics;
  failures: Failure[];
  warnings: string[];
  prompts?: { name: string; hash: string }[];
  settings: { report?: { volume?: number }; [key: string]: unknown };
  stages: { key: string; kind: string; label: string; seconds: Known }[];
  run: { id: number; status: string; started: string; finished: string; version: string };
  page: Page;
}

export interface Dataset {
  name: string;
  examples: number;
  clusters: Known;
  baseline: string;
  primary: string | null;
  outputs: Output[];
  groups: Group[];
  pairs: Pair[];
  learning_curves: { label: string; points: CurvePoint[] }[];
  slices: Slices[];
  fronts: Front[];
  recommendation: {
    group: string | null;
    decided: boolean;
    meets_constraints: boolean;
    text: string;
    sentences: string[];
  };
}

export interface Output {
  metric: string;
  name: string;
  unit: string;
  higher_is_better: boolean;
  examples: number;
  signature: string | null;
  /** Whether all values lie within [0, 1], so that they are written in per cent; found when the report is read. */
  share: boolean;
}

export type Family = 'prompting' | 'fine-tuning' | 'hybrid';

export interface Group {
  group: string;
  label: string;
  model: string;
  strategy: string;
  family: Family;
  cells: string[];
  seeds: number[];
  distinct_results: number;
  train_rows: Known;
  rank: Known;
  tied: boolean;
  values: Value[];
  costs: Costs;
  findings?: Record<string, { value: Known; unit: string }>;
  tuning: { cell: string; seed: number; output: string; trials: { label: string; chosen: boolean; value: Known }[] }[];
  fragility: Fragility[];
  violations: string[];
  unjudged_constraints: string[];
  failures: string[];
}

export interface Value {
  name: string;
  value: Known;
  low: Known;
  high: Known;
  seed_sd: Known;
  by_seed: Known[];
  over_seeds: { low: Known; high: Known } | null;
  versus_baseline: Difference | null;
}

export interface Difference {
  difference: Known;
  low: Known;
  high: Known;
  p_value: Known;
  test: string;
  p_adjusted: Known;
  shown: boolean;
  excludes_zero: boolean;
  detectable: Known;
  needed: Known;
  over_seeds: { low: Known; high: Known; p_value?: Known } | null;
}

export interface Pair extends Difference {
  name: string;
  a: string;
  b: string;
}

export interface Costs {
  adapt_seconds: Known;
  generate_seconds: Known;
  trained_parameters: Known;
  prompt_tokens: Known;
  completion_tokens: Known;
  dollars_per_1k: Known;
  latency_p95_ms: Known;
  adapt_tokens: Known;
  adapt_dollars: Known;
}

export interface Fragility {
  cell: string;
  seed: number;
  output: string;
  mean: Known;
  spread: Known;
  spread_low: Known;
  spread_high: Known;
  std: Known;
  worst: Known;
  worst_variant: string | null;
  variants: { name: string; value: Known; difference: Known; low: Known; high: Known }[];
  failed: string[];
}

export interface CurvePoint {
  train_rows: number;
  group: string;
  value: Known;
  low: Known;
  high: Known;
}

export interface Slices {
  by: string;
  slices: { name: string; examples: number }[];
  groups: {
    group: string;
    values: { name: string; worst: Known; slices: SliceValue[] }[];
  }[];
}

export interface SliceValue {
  value: Known;
  low: Known;
  high: Known;
  gap: Known;
  gap_low: Known;
  gap_high: Known;
}

export interface Front {
  against: string;
  unit: string;
  points: { group: string; x: Known; on: boolean; share: Known }[];
}

export interface Economics {
  volume: number;
  requests_per_hour: number;
  utilisation: number;
  price_range: number;
  prices: Record<string, unknown>;
  datasets: { dataset: string; output: string; ways: Way[]; break_even: BreakEven[] }[];
}

/** What a group costs, US dollars. */
export interface Way {
  group: string;
  label: string;
  family: Family;
  once: Known;
  per_request: Known;
  low: Known;
  high: Known;
  per_hour: number;
  total: Known;
  value: Known;
  per_right_answer: Known;
  curve: [requests: number, dollars: Known][];
}

export interface BreakEven {
  tuned: string;
  prompted: string;
  when: 'at_once' | 'from' | 'until' | 'above_rate' | 'never' | 'unknown';
  requests: Known;
  requests_per_hour: Known;
  low: Known;
  high: Known;
  never: Known;
  price_low: Known;
  price_high: Known;
}

export interface Failure {
  stage: string;
  label: string;
  outcome: string;
  reason: string;
  attempts: number;
  cells: string[];
  log_tail: string;
}

/** What only the page shows. */
export interface Page {
  yaml: string;
  timeline: Span[];
  training: Training[];
  latencies: { dataset: string; group: string; cell: string; seed: number; ms: number[] }[];
  confusions: { dataset: string; cell: string; labels: string[]; counts: [target: number, answered: number, n: number][] }[];
  calibration: { dataset: string; cell: string; bins: { n: number; confidence: Known; right: Known }[] }[];
  examples: ExampleSet[];
}

/** One attempt at a stage; seconds since the run began. */
export interface Span {
  stage: string;
  kind: string;
  label: string;
  worker: string;
  number: number;
  start: number;
  end: number;
  outcome: string;
}

export interface Training {
  dataset: string;
  group: string;
  cell: string;
  seed: number;
  /** By step, from step 1. */
  losses: Known[];
  validation: { step: number; loss: Known; score?: Known }[];
  best_step: Known;
  ended: string;
}

/** Where a dataset's examples lie in the page. */
export interface ExampleSet {
  dataset: string;
  cells: { cell: string; group: string; seed: number; label: string }[];
  /** Names of the outputs that score example by example, the primary one first. */
  outputs: string[];
  rows: number;
  rows_per_block: number[];
  index: string;
  blocks: string[];
}

/** What a list of examples needs to know of each. */
export interface ExampleIndex {
  ids: string[];
  /** How many different answers the cells gave. */
  distinct: number[];
  /** By cell, output and row. */
  scores: Known[][][];
}

export interface Example {
  id: string;
  index: number;
  input: unknown;
  target: string;
  references?: string[];
  choices?: string[];
  cells: (Row | null)[];
}

/** One cell's row of an example; a prompt that is a number is the place of the cell that was asked the same. */
export interface Row {
  prompt: unknown;
  prompts?: unknown[];
  outputs: string[];
  answer: string;
  usage?: Record<string, number>;
  fitted?: Fitted[];
  details?: Record<string, unknown>;
  numbers?: Record<string, number>;
  steps?: string[];
  choice_scores?: unknown;
  error?: string;
  scores: Known[];
}

/** What was taken out of a request so that it fits the model's window. */
export interface Fitted {
  request: number;
  shots_dropped: number;
  passages_dropped: number;
  input_tokens_cut: number;
  prompt_tokens: number;
}
