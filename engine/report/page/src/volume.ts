import { axis, legend, legendRoom, look, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { economicsOf, statedVolume, totalOf } from './costing';
import { el } from './dom';
import { dollars, isKnown, whole } from './format';
import type { BreakEven, Report, Way } from './model';

function repaid({ price_range }: { price_range: number }, row: BreakEven): string {
  switch (row.when) {
    case 'unknown': return 'not known: a price is missing';
    case 'at_once': return 'at once: it costs no more to begin with, and no more a request';
    case 'never': return 'never';
    case 'until': return `it costs less up to ${whole(row.requests)} requests`;
    case 'above_rate': return `only above ${whole(row.requests_per_hour)} requests an hour`;
    case 'from': return `from ${whole(row.requests)} requests on [${whole(row.low)}, ${row.high === null ? 'never' : whole(row.high)}]` +
      `${row.never ? `; in ${(100 * row.never).toFixed(0)} % of resamples never` : ''}` +
      `; prices ±${Math.round(100 * price_range)} %: ${whole(row.price_low)} to ${row.price_high === null ? 'never' : whole(row.price_high)}`;
  }
}

const FIRST = 100;
const LAST = 1e8;

/** Volumes from a hundred requests to a hundred million, four a decade. */
function volumes(): number[] {
  const out: number[] = [];
  for (let quarter = 8; quarter <= 32; ++quarter) out.push(Math.round(10 ** (quarter / 4)));
  return out;
}

/** The band between what the interval's ends cost, as two stacked lines. */
function band(report: Report, way: Way, colour: string): object[] {
  const at = volumes().map((n) => [n, totalOf(report, way, n, way.low), totalOf(report, way, n, way.high)] as const);
  if (!isKnown(way.low) || !isKnown(way.high) || way.low === way.high || at.some(([, low, high]) => !isKnown(low) || !isKnown(high) || low <= 0)) return [];
  const edge = (pick: (row: (typeof at)[number]) => number | null) => ({
    type: 'line', silent: true, showSymbol: false, z: 1, lineStyle: { color: colour, width: 1, opacity: 0.45 }, data: at.map((row) => [row[0], pick(row)]) });
  return [edge((row) => row[1]), edge((row) => row[2])];
}

/** Total cost against volume, with the volumes at which training is repaid. */
export function volume(context: Context): View {
  const { report, dataset, chosen } = context;
  const economics = report.economics;
  const found = economicsOf(report, dataset);
  const ways = found?.ways.filter((way) => totalOf(report, way, FIRST) !== null) ?? [];
  if (!economics || !found || ways.length === 0) return { title: 'Total cost against volume', how: 'a price for the model (`price` or `dollars_per_hour`)' };
  const stated = statedVolume(report);
  const points = found.break_even.filter((row) => (row.when === 'from' || row.when === 'until') && isKnown(row.requests) && row.tuned === chosen?.label);
  const shownPoints = (points.length > 0 ? points : found.break_even.filter((row) => row.when === 'from' && isKnown(row.requests)))
    .filter((row) => isKnown(row.requests) && row.requests >= FIRST && row.requests <= LAST);
  const names = ways.map((way) => way.label);
  const costAt = (row: BreakEven) => {
    const way = ways.find((one) => one.label === row.tuned);
    return way && row.requests !== null ? totalOf(report, way, row.requests) : null;
  };
  const marks = shownPoints.flatMap((row) => {
    const cost = costAt(row);
    return row.requests !== null && cost !== null && cost > 0 ? [{ row, at: [row.requests, cost] }] : [];
  });
  return figure({
    title: 'Total cost against volume',
    note: `US dollars for so many requests, training included; thin lines are the interval of a request’s cost. The dotted line is ${whole(stated)} requests. ` +
      `Crosses: where ${points.length > 0 ? `training ${chosen?.label ?? ''}` : 'training'} breaks even with a way that prompts; their bars are for prices ${Math.round(100 * economics.price_range)} % lower and higher.`,
    label: `Total cost by volume. At ${whole(stated)} requests: ${ways.map((way) => `${way.label} ${dollars(totalOf(report, way, stated))}`).join(', ')}. ` +
      `Break-even: ${shownPoints.map((row) => `${row.tuned} against ${row.prompted} ${repaid(economics, row)}`).join('; ') || 'none within the plot'}`,
    height: 400,
    option: (colours, width) => ({
      grid: { left: 70, right: 24, top: 16, bottom: 56 + legendRoom(names, width) },
      legend: legend(colours, names),
      xAxis: axis(colours, 'requests', { type: 'log', min: FIRST, max: LAST, axisLabel: { color: colours.soft, hideOverlap: true, formatter: (n: number) => whole(n) } }),
      yAxis: axis(colours, 'US dollars', { type: 'log', nameGap: 52, axisLabel: { color: colours.soft, formatter: (n: number) => dollars(n) } }),
      tooltip: tooltip(colours, (i, series) => {
        if (series === 'break-even') {
          const mark = marks[i];
          return mark ? [`${mark.row.tuned} against ${mark.row.prompted}`, repaid(economics, mark.row)] : [];
        }
        const way = ways.find((one) => one.label === series);
        const n = volumes()[i];
        return way && n !== undefined ? [series, `${whole(n)} requests: ${dollars(totalOf(report, way, n))}`] : [];
      }),
      series: [
        ...ways.map((way, i) => {
          const { color, symbol, dash } = look(colours, i);
          return { type: 'line', name: way.label, symbol, symbolSize: 5, itemStyle: { color }, lineStyle: { color, type: dash, width: way.group === chosen?.group ? 3 : 1.5 },
            data: volumes().map((n) => {
              const total = totalOf(report, way, n);
              return [n, total !== null && total > 0 ? total : null];
            }),
            markLine: i === 0 ? { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: colours.soft, type: 'dotted' }, data: [{ xAxis: stated }] } : undefined };
        }),
        ...ways.flatMap((way, i) => band(report, way, look(colours, i).color)),
        ...marks.filter(({ row }) => isKnown(row.price_low) && isKnown(row.price_high)).map(({ row, at }) => ({
          type: 'line', silent: true, showSymbol: false, lineStyle: { color: colours.ink, width: 2, opacity: 0.6 },
          data: [[Math.max(FIRST, row.price_low ?? FIRST), at[1]], [Math.min(LAST, row.price_high ?? LAST), at[1]]] })),
        { type: 'scatter', name: 'break-even', symbol: 'path://M0,1L1,0L5,4L9,0L10,1L6,5L10,9L9,10L5,6L1,10L0,9L4,5Z', symbolSize: 12, z: 5, itemStyle: { color: colours.ink }, data: marks.map(({ at }) => at) },
      ],
    }),
    data: {
      head: ['trained', 'against', 'is repaid'],
      rows: found.break_even.length > 0
        ? found.break_even.map((row) => [el('code', {}, row.tuned), el('code', {}, row.prompted), repaid(economics, row)])
        : ways.map((way) => [el('code', {}, way.label), `${whole(stated)} requests`, dollars(totalOf(report, way, stated))]),
    },
  });
}
