import { axis, legend, legendRoom, look, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { groupOf } from './data';
import { el } from './dom';
import { milliseconds } from './format';

const SHARES = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

/** The least value that `share` of the sorted values do not exceed. */
function quantile(sorted: number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** The points at which the distribution's step rises, at most 200. */
function steps(sorted: number[]): [ms: number, share: number][] {
  const every = Math.max(1, Math.ceil(sorted.length / 200));
  return sorted.map((ms, i): [number, number] => [ms, (100 * (i + 1)) / sorted.length]).filter((_, i) => i % every === 0 || i === sorted.length - 1);
}

/** Which share of the requests was answered within how long, by group. */
export function latencies({ report, dataset }: Context): View {
  const byGroup = new Map<string, number[]>();
  for (const one of report.page.latencies) {
    if (one.dataset === dataset.name && one.ms.length > 0) byGroup.set(one.group, [...(byGroup.get(one.group) ?? []), ...one.ms]);
  }
  if (byGroup.size === 0) return { title: 'Latency', how: 'the metric latency, which measures each cell alone' };
  const rows = [...byGroup].map(([id, ms]) => ({ label: groupOf(dataset, id)?.label ?? id, ms: ms.sort((a, b) => a - b) }));
  const names = rows.map((row) => row.label);
  const limit = report.constraints.latency_p95_ms;
  const all = rows.flatMap((row) => [row.ms[0] ?? 0, row.ms.at(-1) ?? 0]);
  const wide = Math.min(...all) > 0 && Math.max(...all) / Math.min(...all) > 20;
  return figure({
    title: 'Latency',
    note: `The share of requests answered within so many milliseconds, one at a time unless the experiment says otherwise, seeds together${limit === null ? '' : `; the dotted lines are the limit of ${milliseconds(limit)} and 95 %`}.`,
    label: `Latency distributions: ${rows.map((row) => `${row.label} median ${milliseconds(quantile(row.ms, 0.5))}, 95th percentile ${milliseconds(quantile(row.ms, 0.95))}`).join('; ')}`,
    height: 360,
    option: (colours, width) => ({
      grid: { left: 60, right: 24, top: 16, bottom: 56 + legendRoom(names, width) },
      legend: legend(colours, names),
      xAxis: axis(colours, `ms${wide ? ' (logarithmic)' : ''}`, { type: wide ? 'log' : 'value', scale: true }),
      yAxis: axis(colours, '% of requests', { type: 'value', min: 0, max: 100, nameGap: 42 }),
      tooltip: tooltip(colours, (i, series) => {
        const step = steps(rows.find((row) => row.label === series)?.ms ?? [])[i];
        return step ? [series, `${step[1].toFixed(0)} % within ${milliseconds(step[0])}`] : [];
      }),
      series: rows.map((row, i) => {
        const { color, dash } = look(colours, i);
        return { type: 'line', name: row.label, step: 'start', symbolSize: 4, showSymbol: row.ms.length <= 200, itemStyle: { color }, lineStyle: { color, type: dash }, data: steps(row.ms),
          markLine: i === 0 && limit !== null ? { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: colours.bad, type: 'dotted' }, data: [{ xAxis: limit }, { yAxis: 95 }] } : undefined };
      }),
    }),
    data: {
      head: ['cell', 'requests', ...SHARES.map((share) => (share === 0 ? 'least' : share === 1 ? 'most' : `${100 * share} %`))],
      rows: rows.map((row) => [el('code', {}, row.label), row.ms.length, ...SHARES.map((share) => milliseconds(quantile(row.ms, share)))]),
    },
  });
}
