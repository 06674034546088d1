import { axis, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { choice, el, replace } from './dom';
import { whole } from './format';
import type { Page } from './model';
import { cellName } from './names';
import { heat } from './slices';

const MOST_LABELS = 30;

type Confusion = Page['confusions'][number];

function picture({ dataset }: Context, confusion: Confusion): HTMLElement {
  const totals = new Array<number>(confusion.labels.length).fill(0);
  for (const [target, , n] of confusion.counts) totals[target] = (totals[target] ?? 0) + n;
  const kept = totals.map((n, i) => [n, i] as const).sort((a, b) => b[0] - a[0]).slice(0, MOST_LABELS).map(([, i]) => i).sort((a, b) => a - b);
  const place = new Map(kept.map((label, i) => [label, i]));
  const other = kept.length; // an answer that is none of the labels shown
  const counts = new Map<string, number>();
  for (const [target, answered, n] of confusion.counts) {
    const row = place.get(target);
    if (row === undefined) continue;
    const key = `${row} ${place.get(answered) ?? other}`;
    counts.set(key, (counts.get(key) ?? 0) + n);
  }
  const rows = kept.map((label) => confusion.labels[label] ?? '');
  const columns = [...rows, 'something else'];
  const at = (row: number, column: number) => counts.get(`${row} ${column}`) ?? 0;
  const fields = rows.flatMap((_, row) => columns.map((_, column) => ({ row, column, n: at(row, column), share: at(row, column) / (totals[kept[row] ?? 0] || 1) })));
  const wrong = fields.filter((field) => field.row !== field.column && field.n > 0).sort((a, b) => b.n - a.n).slice(0, 5);
  const name = cellName(dataset, confusion.cell);
  return figure({
    title: `Confusion of ${name}`,
    note: `Rows are what was expected, columns what was answered; colour is the share of the row${confusion.labels.length > MOST_LABELS ? `. The ${MOST_LABELS} most frequent of ${confusion.labels.length} labels` : ''}.`,
    label: `Confusion matrix of ${name}. Most frequent mistakes: ${wrong.map((field) => `${rows[field.row]} answered as ${columns[field.column]} ${field.n} times`).join('; ') || 'none'}`,
    height: 130 + Math.max(34, 420 / Math.max(1, rows.length)) * Math.min(rows.length, 14) + 14 * Math.max(0, rows.length - 14),
    option: (colours, width) => ({
      grid: { left: Math.min(150, width * 0.3), right: 16, top: 10, bottom: 96 },
      xAxis: axis(colours, '', { type: 'category', data: columns, splitLine: { show: false }, axisLabel: { color: colours.soft, interval: 0, rotate: columns.length > 6 ? 40 : 0, width: 90, overflow: 'truncate' } }),
      yAxis: axis(colours, '', { type: 'category', inverse: true, data: rows, splitLine: { show: false }, axisLabel: { color: colours.ink, interval: 0, width: Math.min(130, width * 0.27), overflow: 'truncate' } }),
      visualMap: { ...heat(colours, 0, 1), formatter: (x: number) => `${Math.round(100 * x)} %` },
      tooltip: tooltip(colours, (i) => {
        const field = fields[i];
        return field ? [`expected ${rows[field.row]}, answered ${columns[field.column]}`, `${whole(field.n)} times, ${Math.round(100 * field.share)} % of these`] : [];
      }),
      series: [{ type: 'heatmap', data: fields.map((field) => ({
        value: [field.column, field.row, field.share],
        itemStyle: { borderColor: field.row === field.column ? colours.good : colours.card, borderWidth: 1 },
        label: { show: columns.length <= 16, formatter: () => String(field.n), color: field.share > 0.6 ? colours.card : colours.ink } })) }],
    }),
    data: { head: ['expected', ...columns], rows: rows.map((label, row) => [el('code', {}, label), ...columns.map((_, column) => whole(at(row, column)))]) },
  });
}

/** Which answers stand in the place of which. */
export function confusions(context: Context): View {
  const { report, dataset, chosen } = context;
  const all = report.page.confusions.filter((one) => one.dataset === dataset.name && one.counts.length > 0);
  let shown = all.find((one) => chosen?.cells.includes(one.cell)) ?? all[0];
  if (!shown) return { title: 'Confusion', how: '`choices:` in the dataset' };
  const place = el('div');
  const show = () => { if (shown) replace(place, picture(context, shown)); };
  show();
  return el('div', {},
    el('div', { class: 'controls' }, choice('Cell', all.map((one) => [one.cell, cellName(dataset, one.cell)] as const), shown.cell, (cell) => {
      shown = all.find((one) => one.cell === cell) ?? shown;
      show();
    })),
    place);
}
