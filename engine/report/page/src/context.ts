import { groupOf, outputOf } from './data';
import type { Examples } from './data';
import type { Dataset, Group, Output, Report } from './model';

/** What a view of one dataset is made from. */
export interface Context {
  report: Report;
  dataset: Dataset;
  /** The output that ranks. */
  primary: Output;
  /** The recommended group. */
  chosen: Group | undefined;
  baseline: Group | undefined;
  examples: Examples | undefined;
  /** Shows the examples that the chosen group gets wrong; all, where there are none. */
  showFailures(): void;
}

/** A view whose data the report does not have: what would make it appear. */
export interface Missing {
  title: string;
  how: string;
}

export type View = HTMLElement | Missing;

export function isMissing(view: View): view is Missing {
  return !(view instanceof HTMLElement);
}

/** None where the dataset has no output at all. */
export function contextOf(
  report: Report,
  dataset: Dataset,
  examples: Examples | undefined,
  showFailures: () => void,
): Context | undefined {
  const primary = outputOf(dataset, dataset.primary);
  if (!primary) return undefined;
  return {
    report,
    dataset,
    primary,
    chosen: groupOf(dataset, dataset.recommendation.group),
    baseline: groupOf(dataset, dataset.baseline),
    examples,
    showFailures,
  };
}
