import { axis, legend, legendRoom, look, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { el } from './dom';
import { isKnown } from './format';
import { cellName } from './names';

const percent = (x: number | null) => (x === null ? '–' : `${(100 * x).toFixed(1)} %`);

/** How often answers are right by how sure the model was. */
export function calibration({ report, dataset }: Context): View {
  const cells = report.page.calibration.filter((one) => one.dataset === dataset.name && one.bins.some((bin) => bin.n > 0));
  if (cells.length === 0) return { title: 'Calibration', how: 'choices that are scored by log-probability, or a strategy that states its confidence' };
  const rows = cells.map((one) => ({ name: cellName(dataset, one.cell), bins: one.bins.filter((bin) => bin.n > 0 && isKnown(bin.confidence) && isKnown(bin.right)) }));
  const names = rows.map((row) => row.name);
  return figure({
    title: 'Calibration',
    note: 'How many answers were right, by how sure the model was of them, in ten bins; larger dots are more answers. On the dotted diagonal confidence is honest, below it it is too high.',
    label: `Reliability diagram: ${rows.map((row) => `${row.name}: ${row.bins.map((bin) => `sure ${percent(bin.confidence)}, right ${percent(bin.right)} of ${bin.n}`).join(', ')}`).join('; ')}`,
    height: 400,
    option: (colours, width) => ({
      grid: { left: 60, right: 24, top: 16, bottom: 56 + legendRoom(names, width) },
      legend: legend(colours, names),
      xAxis: axis(colours, 'confidence, %', { type: 'value', min: 0, max: 100 }),
      yAxis: axis(colours, 'right, %', { type: 'value', min: 0, max: 100, nameGap: 42 }),
      tooltip: tooltip(colours, (i, series) => {
        const bin = rows.find((row) => row.name === series)?.bins[i];
        return bin ? [series, `${bin.n} answers: sure ${percent(bin.confidence)}, right ${percent(bin.right)}`] : [];
      }),
      series: [
        { type: 'line', silent: true, showSymbol: false, lineStyle: { color: colours.soft, type: 'dotted' }, data: [[0, 0], [100, 100]] },
        ...rows.map((row, i) => {
          const { color, symbol, dash } = look(colours, i);
          const most = Math.max(...row.bins.map((bin) => bin.n));
          return { type: 'line', name: row.name, symbol, itemStyle: { color }, lineStyle: { color, type: dash },
            data: row.bins.map((bin) => ({ value: [100 * (bin.confidence ?? 0), 100 * (bin.right ?? 0)], symbolSize: 5 + 13 * Math.sqrt(bin.n / most) })) };
        }),
      ],
    }),
    data: {
      head: ['cell', 'answers', 'mean confidence', 'right'],
      rows: rows.flatMap((row) => row.bins.map((bin) => [el('code', {}, row.name), bin.n, percent(bin.confidence), percent(bin.right)])),
    },
  });
}
