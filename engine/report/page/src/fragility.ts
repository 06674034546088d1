import { axis, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { el } from './dom';
import { errorBars } from './errorbars';
import { interval, isKnown, number, plotted, signed, signedInterval, titleOf } from './format';
import { cellName } from './names';

/** How the primary output moves when questions are put differently. */
export function fragility({ dataset, primary }: Context): View {
  const cells = dataset.groups.flatMap((group) => group.fragility.filter((one) => one.output === primary.name && one.variants.length > 0).map((one) => {
    const place = group.cells.indexOf(one.cell);
    const asAsked = group.values.find((value) => value.name === primary.name)?.by_seed[place] ?? null;
    return { ...one, group, asAsked, name: cellName(dataset, one.cell) };
  }));
  if (cells.length === 0) return { title: 'Fragility', how: '`perturb:` in the experiment, which asks each question in other words' };
  const dots = cells.flatMap((cell, row) => cell.variants.flatMap((variant) => (variant.value === null ? [] : [{ cell, row, variant, value: variant.value }])));
  return figure({
    title: 'Fragility',
    note: `${titleOf(primary)} of each cell as it is asked (filled) and under each variant of the questions (hollow); the line spans from the worst to the best.`,
    label: `Fragility: ${cells.map((cell) => `${cell.name} spread ${number(primary, cell.spread)} ${interval(primary, cell.spread_low, cell.spread_high)}, worst ${number(primary, cell.worst)}${cell.worst_variant ? ` under ${cell.worst_variant}` : ''}`).join('; ')}`,
    height: 90 + 34 * cells.length,
    option: (colours, width) => ({
      grid: { left: Math.min(260, width * 0.38), right: 24, top: 10, bottom: 50 },
      xAxis: axis(colours, titleOf(primary), { type: 'value', scale: true }),
      yAxis: axis(colours, '', { type: 'category', inverse: true, data: cells.map((cell) => cell.name), splitLine: { show: false }, axisLabel: { color: colours.ink, interval: 0, width: Math.min(240, width * 0.36), overflow: 'truncate' } }),
      tooltip: tooltip(colours, (i, series) => {
        if (series === 'as asked') return cells[i] ? [cells[i].name, `as asked: ${number(primary, cells[i].asAsked)}`] : [];
        const dot = dots[i];
        return dot ? [`${dot.cell.name}, ${dot.variant.name}`, `${number(primary, dot.value)}, against as asked ${signed(primary, dot.variant.difference)} ${signedInterval(primary, dot.variant.low, dot.variant.high)}`] : [];
      }),
      series: [
        errorBars(cells.flatMap((cell, i) => {
          const values = [cell.asAsked, ...cell.variants.map((variant) => variant.value)].filter(isKnown).map((x) => plotted(primary, x));
          return values.length > 0 ? [{ at: i, low: Math.min(...values), high: Math.max(...values), colour: colours.families[cell.group.family] }] : [];
        }), 'x'),
        { type: 'scatter', name: 'variants', symbolSize: 9, z: 3, data: dots.map((dot) => ({ value: [plotted(primary, dot.value), dot.row], itemStyle: { color: colours.card, borderColor: colours.families[dot.cell.group.family], borderWidth: 2 } })) },
        { type: 'scatter', name: 'as asked', symbolSize: 11, z: 4, data: cells.map((cell, i) => ({ value: [cell.asAsked === null ? '-' : plotted(primary, cell.asAsked), i], itemStyle: { color: colours.families[cell.group.family] } })) },
      ],
    }),
    data: {
      head: ['cell', 'variant', titleOf(primary), 'against as asked'],
      rows: dots.map((dot) => [el('code', {}, dot.cell.name), dot.variant.name, number(primary, dot.value), `${signed(primary, dot.variant.difference)} ${signedInterval(primary, dot.variant.low, dot.variant.high)}`]),
    },
  });
}
