import type { Dataset, Economics, Group, Known, Report, Way } from './model';

/** Requests a month, where the experiment names no volume. */
export const DEFAULT_VOLUME = 10_000;

export function statedVolume(report: Report): number {
  const stated = report.settings?.report?.volume;
  return typeof stated === 'number' && stated > 0 ? stated : DEFAULT_VOLUME;
}

export function economicsOf(report: Report, dataset: Dataset): Economics['datasets'][number] | undefined {
  return report.economics?.datasets.find((one) => one.dataset === dataset.name);
}

export function wayOf(report: Report, dataset: Dataset, group: Group): Way | undefined {
  return economicsOf(report, dataset)?.ways.find((way) => way.group === group.group);
}

/** What `requests` cost, training included, US dollars; null where a price is missing. As stats::Spending::total. */
export function totalOf(report: Report, way: Way, requests: number, perRequest: Known = way.per_request): Known {
  if (way.once === null || perRequest === null) return null;
  const rate = report.economics?.requests_per_hour ?? 0;
  if (way.per_hour > 0 && rate <= 0) return null;
  return way.once + requests * (perRequest + (way.per_hour > 0 ? way.per_hour / rate : 0));
}

/** The cheapest at this volume of the groups that share the chosen one's tier and keep all constraints. */
export function cheapestTied(report: Report, dataset: Dataset, chosen: Group, requests: number): Group | undefined {
  let best: Group | undefined;
  let least = Infinity;
  for (const group of dataset.groups) {
    if (group.rank !== chosen.rank || group.violations.length > 0) continue;
    const way = wayOf(report, dataset, group);
    const total = way ? totalOf(report, way, requests) : null;
    if (total !== null && total < least) {
      best = group;
      least = total;
    }
  }
  return best;
}
