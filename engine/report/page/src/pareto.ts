import { axis, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { groupOf, valueOf } from './data';
import { el } from './dom';
import { errorBars } from './errorbars';
import { dollars, interval, isKnown, milliseconds, number, plotted, seconds, significant, titleOf } from './format';
import type { Front, Group, Known, Value } from './model';

interface Point {
  group: Group;
  value: Value & { value: number };
  x: number;
  on: boolean;
  share: Known;
}

/** How a front's other side is written. */
function xText(front: Front, x: Known): string {
  if (front.unit === 's') return seconds(x);
  if (front.unit === 'ms') return milliseconds(x);
  return front.unit.startsWith('USD') || front.unit.startsWith('$') ? dollars(x) : `${significant(x)} ${front.unit}`;
}

function points({ dataset, primary }: Context, front: Front): Point[] {
  const found: Point[] = [];
  for (const point of front.points) {
    const group = groupOf(dataset, point.group);
    const value = group && valueOf(group, primary.name);
    if (group && value && value.value !== null && point.x !== null) {
      found.push({ group, value: { ...value, value: value.value }, x: point.x, on: point.on, share: point.share });
    }
  }
  return found.sort((a, b) => a.x - b.x);
}

function picture(context: Context, front: Front): HTMLElement | null {
  const { primary } = context;
  const all = points(context, front);
  if (all.length < 2) return null;
  const on = all.filter((point) => point.on);
  const positive = all.every((point) => point.x > 0);
  const spread = positive && Math.max(...all.map((point) => point.x)) / Math.min(...all.map((point) => point.x)) > 20;
  const describe = (point: Point) => `${point.group.label}: ${number(primary, point.value.value)} ${interval(primary, point.value.low, point.value.high)} at ${xText(front, point.x)}`;
  const share = (point: Point) => (point.share === null ? '–' : `${(100 * point.share).toFixed(0)} %`);
  return figure({
    title: `${primary.name} against ${front.against}`,
    note: `Filled and labelled: on the front, where no other cell is as good in both and better in one. Bars are intervals of ${primary.name}; the data say in how many resamples each cell is on the front.`,
    label: `Quality against ${front.against}. On the front: ${on.map(describe).join('; ')}. Not on it: ${all.filter((point) => !point.on).map(describe).join('; ') || 'none'}`,
    height: 360,
    option: (colours) => ({
      grid: { left: 58, right: 30, top: 24, bottom: 52 },
      xAxis: axis(colours, `${front.against}${front.unit ? `, ${front.unit}` : ''}${spread ? ' (logarithmic)' : ''}`, { type: spread ? 'log' : 'value', scale: true }),
      yAxis: axis(colours, titleOf(primary), { type: 'value', scale: true, nameGap: 40 }),
      tooltip: tooltip(colours, (i) => {
        const point = all[i];
        return point ? [describe(point), point.on ? `on the front, and in ${share(point)} of resamples` : `not on the front; in ${share(point)} of resamples it is`] : [];
      }),
      series: [
        errorBars(all.filter((point) => isKnown(point.value.low) && isKnown(point.value.high)).map((point) => ({
          at: point.x, low: plotted(primary, point.value.low ?? 0), high: plotted(primary, point.value.high ?? 0), colour: colours.families[point.group.family] })), 'y'),
        { type: 'line', silent: true, showSymbol: false, step: primary.higher_is_better ? 'end' : 'start', z: 1,
          lineStyle: { color: colours.soft, type: 'dashed', width: 1 }, data: on.map((point) => [point.x, plotted(primary, point.value.value)]) },
        { type: 'scatter', symbolSize: 12, z: 4, labelLayout: { hideOverlap: true },
          data: all.map((point) => {
            const colour = colours.families[point.group.family];
            return { value: [point.x, plotted(primary, point.value.value)],
              itemStyle: { color: point.on ? colour : colours.card, borderColor: colour, borderWidth: 2 },
              label: { show: point.on, formatter: () => point.group.label, position: 'top', color: colours.ink, width: 140, overflow: 'truncate', distance: 8 } };
          }) },
      ],
    }),
    data: {
      head: ['cell', titleOf(primary), front.against, 'on the front', 'in resamples'],
      rows: all.map((point) => [el('code', {}, point.group.label), `${number(primary, point.value.value)} ${interval(primary, point.value.low, point.value.high)}`,
        xText(front, point.x), point.on ? 'yes' : 'no', share(point)]),
    },
  });
}

/** Quality against cost, latency and training time. */
export function pareto(context: Context): View[] {
  const wanted = [
    ['cost', 'Quality against cost', 'a model with a price and the metric cost'],
    ['latency.p95', 'Quality against latency', 'the metric latency'],
    ['training time', 'Quality against training time', 'a strategy that trains'],
  ] as const;
  const shown = context.dataset.fronts.map((front) => ({ front, drawn: picture(context, front) }));
  const missing = wanted.filter(([against]) => !shown.some(({ front, drawn }) => drawn && front.against === against));
  return [
    ...shown.flatMap(({ drawn }) => (drawn ? [drawn] : [])),
    ...missing.map(([, title, how]) => ({ title, how })),
  ];
}
