import { axis, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { groupOf } from './data';
import { choice, el, replace } from './dom';
import { interval, number, plotted, titleOf } from './format';
import type { Output, Slices } from './model';
import type { Palette } from './palette';

const MOST_SLICES = 40;

/** From pale to the page's blue; the value is written in each field as well. */
export function heat(colours: Palette, low: number, high: number): Record<string, unknown> {
  return {
    type: 'continuous', min: low, max: high === low ? low + 1 : high, calculable: false, orient: 'horizontal', left: 'center', bottom: 0, itemHeight: 140, itemWidth: 12,
    textStyle: { color: colours.soft }, inRange: { color: [colours.head, colours.families.prompting], opacity: [0.85, 0.85] } };
}

function picture({ dataset }: Context, slices: Slices, output: Output): HTMLElement {
  const names = slices.slices.slice(0, MOST_SLICES);
  const rows = slices.groups.flatMap((group) => {
    const values = group.values.find((one) => one.name === output.name);
    return values ? [{ label: groupOf(dataset, group.group)?.label ?? group.group, values: values.slices.slice(0, MOST_SLICES), worst: values.worst }] : [];
  });
  const fields = rows.flatMap((row, y) => row.values.flatMap((value, x) => (value.value === null ? [] : [{ x, y, value, row }])));
  if (fields.length === 0) return el('p', { class: 'note' }, `${output.name} has no values by ${slices.by}.`);
  const shown = fields.map((field) => plotted(output, field.value.value ?? 0));
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const text = (field: (typeof fields)[number]) => `${field.row.label}, ${names[field.x]?.name ?? ''}: ${number(output, field.value.value)} ${interval(output, field.value.low, field.value.high)}`;
  return figure({
    title: `${output.name} by ${slices.by}`,
    note: `${titleOf(output)} of each cell on each slice of the test set${slices.slices.length > MOST_SLICES ? `; the first ${MOST_SLICES} of ${slices.slices.length}, the rest are in “All tables”` : ''}. Framed: the worst slice of at least 10 examples.`,
    label: `Heat map of ${output.name} by ${slices.by}: ${rows.map((row) => `${row.label}, worst ${row.worst === null ? 'not known' : `${names[row.worst]?.name ?? ''} ${number(output, row.values[row.worst]?.value)}`}`).join('; ')}`,
    height: 130 + 34 * rows.length,
    option: (colours, width) => ({
      grid: { left: Math.min(230, width * 0.34), right: 16, top: 10, bottom: 92 },
      xAxis: axis(colours, '', { type: 'category', data: names.map((slice) => slice.name || '(empty)'), splitLine: { show: false }, axisLabel: { color: colours.soft, interval: 0, rotate: names.length > 6 ? 35 : 0, width: 90, overflow: 'truncate' } }),
      yAxis: axis(colours, '', { type: 'category', inverse: true, data: rows.map((row) => row.label), splitLine: { show: false }, axisLabel: { color: colours.ink, interval: 0, width: Math.min(210, width * 0.32), overflow: 'truncate' } }),
      visualMap: heat(colours, low, high),
      tooltip: tooltip(colours, (i) => {
        const field = fields[i];
        return field ? [text(field), `${names[field.x]?.examples ?? 0} examples; gap to the other slices ${number(output, field.value.gap)} ${interval(output, field.value.gap_low, field.value.gap_high)}`] : [];
      }),
      series: [{ type: 'heatmap', data: fields.map((field, i) => ({
        value: [field.x, field.y, shown[i]],
        itemStyle: field.row.worst === field.x ? { borderColor: colours.bad, borderWidth: 2 } : { borderColor: colours.card, borderWidth: 1 },
        label: { show: names.length <= 14, formatter: () => number(output, field.value.value), color: (shown[i] ?? 0) - low > (high - low) * 0.6 ? colours.card : colours.ink } })) }],
    }),
    data: {
      head: ['cell', ...names.map((slice) => `${slice.name || '(empty)'} (${slice.examples})`)],
      rows: rows.map((row) => [el('code', {}, row.label), ...row.values.map((value) => `${number(output, value.value)} ${interval(output, value.low, value.high)}`)]),
    },
  });
}

/** Values by slice of the test set. */
export function sliceMaps(context: Context): View {
  const { dataset, primary } = context;
  if (dataset.slices.length === 0) return { title: 'Slices', how: '`by:` in the dataset, with a field to slice by' };
  let slices = dataset.slices[0] as Slices;
  let output = primary;
  const place = el('div');
  const show = () => replace(place, picture(context, slices, output));
  show();
  const outputs = [...new Set(dataset.slices.flatMap((one) => one.groups.flatMap((group) => group.values.map((value) => value.name))))];
  return el('div', {},
    el('div', { class: 'controls' },
      choice('Slices by', dataset.slices.map((one, i) => [String(i), one.by] as const), '0', (i) => { slices = dataset.slices[Number(i)] ?? slices; show(); }),
      choice('Metric', outputs.map((name) => [name, name] as const), output.name, (name) => { output = dataset.outputs.find((one) => one.name === name) ?? output; show(); })),
    place);
}
