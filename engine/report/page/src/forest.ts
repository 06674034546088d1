import { figure } from './chart';
import type { Context, View } from './context';
import { choice, el, replace } from './dom';
import { axis, tooltip } from './axes';
import { errorBars } from './errorbars';
import type { Bar } from './errorbars';
import { differenceUnit, isBetter, pText, plotted, signed, signedInterval } from './format';
import type { Group, Output, Pair } from './model';
import { widening } from './normal';
import { ofDifference } from './source';

/** One group against the reference: value(group) - value(reference). */
interface Row {
  group: Group;
  pair: Pair;
  difference: number;
  low: number;
  high: number;
}

function rowsAgainst({ dataset }: Context, output: Output, reference: Group): Row[] {
  const rows: Row[] = [];
  for (const group of dataset.groups) {
    const pair = dataset.pairs.find((one) => one.name === output.name &&
      ((one.a === group.group && one.b === reference.group) || (one.b === group.group && one.a === reference.group)));
    if (group === reference || !pair || pair.difference === null || pair.low === null || pair.high === null) continue;
    const straight = pair.a === group.group;
    rows.push({
      group, pair,
      difference: straight ? pair.difference : -pair.difference,
      low: straight ? pair.low : -pair.high,
      high: straight ? pair.high : -pair.low,
    });
  }
  return rows;
}

/** How many comparisons the output's p-values are corrected for. */
function comparisons({ report, dataset }: Context, output: Output): { count: number; corrected: boolean } {
  const statistics = (report.settings['statistics'] ?? {}) as { family?: string; correction?: string };
  const family = report.datasets.flatMap((one) => one.pairs.filter((pair) => pair.name === output.name &&
    (statistics.family !== 'baseline' || pair.a === one.baseline || pair.b === one.baseline)));
  return { count: Math.max(family.length, dataset.groups.length - 1), corrected: statistics.correction !== 'none' };
}

function picture(context: Context, output: Output, reference: Group): HTMLElement {
  const { report, dataset } = context;
  const rows = rowsAgainst(context, output, reference);
  if (rows.length === 0) return el('p', { class: 'note' }, `No cell was compared with ${reference.label} by ${output.name}.`);
  const { count, corrected } = comparisons(context, output);
  const factor = corrected ? widening(report.confidence, count) : 1;
  const wide = (row: Row) => [row.difference - (row.difference - row.low) * factor, row.difference + (row.high - row.difference) * factor] as const;
  const verdict = (row: Row) => (!row.pair.shown ? 'not shown to differ' : isBetter(output, row.difference) ? 'shown to be better' : 'shown to be worse');
  const unit = differenceUnit(output);
  return figure({
    title: `Differences to ${reference.label}`,
    note: [`Each cell minus `, el('code', {}, reference.label), ` by ${output.name}${unit ? `, ${unit}` : ''}, paired over the same examples. Thick: the ${report.confidence * 100} % interval. ` +
      (corrected ? `Thin: the same widened for all ${count} comparisons at once (Bonferroni; each side by the ratio of normal quantiles, ${factor.toFixed(2)}). ` : '') +
      'Filled dots are shown to differ by the corrected paired test; hollow ones are not.'],
    label: `Forest plot: ${rows.map((row) => `${row.group.label} ${signed(output, row.difference)} ${signedInterval(output, row.low, row.high)}, ${verdict(row)}`).join('; ')}`,
    height: 90 + 34 * rows.length,
    option: (colours, width) => {
      const colour = (row: Row) => (!row.pair.shown ? colours.soft : isBetter(output, row.difference) ? colours.good : colours.bad);
      const bars = (ends: (row: Row) => readonly [number, number], thin: boolean): Bar[] => rows.map((row, i) => ({
        at: i, low: plotted(output, ends(row)[0]), high: plotted(output, ends(row)[1]), colour: colour(row), thin }));
      return {
        grid: { left: Math.min(260, width * 0.38), right: 24, top: 10, bottom: 50 },
        xAxis: axis(colours, unit, { type: 'value', scale: true, min: (x: { min: number }) => Math.min(0, x.min), max: (x: { max: number }) => Math.max(0, x.max) }),
        yAxis: axis(colours, '', { type: 'category', inverse: true, data: rows.map((row) => row.group.label), splitLine: { show: false },
          axisLabel: { color: colours.ink, width: Math.min(240, width * 0.36), overflow: 'truncate', interval: 0 } }),
        tooltip: tooltip(colours, (i) => {
          const row = rows[i];
          return row ? [row.group.label, `${signed(output, row.difference)} ${unit} ${signedInterval(output, row.low, row.high)}, ${pText(row.pair)}`, verdict(row),
            ofDifference(report, dataset, output, row.pair.a, row.pair.b).sql] : [];
        }),
        series: [
          errorBars(bars(wide, true), 'x'),
          errorBars(bars((row) => [row.low, row.high], false), 'x'),
          { type: 'scatter', symbolSize: 11, z: 4,
            data: rows.map((row, i) => ({ value: [plotted(output, row.difference), i], itemStyle: { color: row.pair.shown ? colour(row) : colours.card, borderColor: colour(row), borderWidth: 2 } })),
            markLine: { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: colours.ink, type: 'solid', width: 1 }, data: [{ xAxis: 0 }] } },
        ],
      };
    },
    data: {
      head: ['cell', `difference${unit ? `, ${unit}` : ''}`, 'interval', corrected ? `widened for ${count}` : 'interval', 'p', 'verdict', 'found with 80 % power'],
      rows: rows.map((row) => [el('code', {}, row.group.label), signed(output, row.difference), signedInterval(output, row.low, row.high),
        signedInterval(output, ...wide(row)), pText(row.pair), verdict(row), signed(output, row.pair.detectable)]),
    },
  });
}

/** Paired differences of all cells to one, which the reader chooses. */
export function forest(context: Context): View {
  const { dataset, primary, chosen, baseline } = context;
  const reference = chosen ?? baseline;
  if (!reference || dataset.pairs.length === 0) return { title: 'Paired differences', how: 'two cells or more with a result on this dataset' };
  let output = primary;
  let against: Group = reference;
  const place = el('div');
  const show = () => replace(place, picture(context, output, against));
  show();
  const names = dataset.groups.filter((group) => group.rank !== null).map((group) =>
    [group.group, `${group.label}${group === chosen ? ' (chosen)' : ''}${group === baseline ? ' (baseline)' : ''}`] as const);
  return el('div', {},
    el('div', { class: 'controls' },
      choice('Against', names, against.group, (id) => { against = dataset.groups.find((group) => group.group === id) ?? against; show(); }),
      choice('Metric', dataset.outputs.map((one) => [one.name, one.name] as const), output.name, (name) => { output = dataset.outputs.find((one) => one.name === name) ?? output; show(); })),
    place);
}
