import { axis, legend, legendRoom, look, tooltip } from './axes';
import { figure } from './chart';
import type { Context, View } from './context';
import { groupOf } from './data';
import { el } from './dom';
import { errorBars } from './errorbars';
import { interval, isKnown, number, plotted, significant, titleOf, whole } from './format';
import type { Training } from './model';

const MOST_POINTS = 400; // a line: more do not show

/** Every nth point, the last one always. */
function thinned(losses: Training['losses']): [step: number, loss: number | null][] {
  const every = Math.max(1, Math.ceil(losses.length / MOST_POINTS));
  return losses.map((loss, i): [number, number | null] => [i + 1, loss]).filter(([step]) => step % every === 0 || step === 1 || step === losses.length);
}

/** Loss by step of each training, with the validation loss where there is one. */
export function trainingLoss({ report, dataset }: Context): View {
  const runs = report.page.training.filter((one) => one.dataset === dataset.name && one.losses.length + one.validation.length > 0);
  if (runs.length === 0) return { title: 'Loss by step', how: 'a strategy that trains (sft, lora, …)' };
  const name = (one: Training) => `${groupOf(dataset, one.group)?.label ?? one.group} · seed ${one.seed}`;
  const names = runs.map(name);
  const validated = runs.filter((one) => one.validation.some((point) => isKnown(point.loss)));
  const last = (one: Training) => one.losses.at(-1) ?? null;
  const bestOf = (one: Training) => one.validation.find((point) => point.step === one.best_step)?.loss ?? null;
  return figure({
    title: 'Loss by step',
    note: `Training loss of each cell${validated.length > 0 ? '; thick with large dots: on the validation split, the best step filled' : ''}.`,
    label: `Training loss by step: ${runs.map((one) => `${name(one)} from ${significant(one.losses[0])} to ${significant(last(one))} in ${one.losses.length} steps`).join('; ')}`,
    height: 360,
    option: (colours, width) => ({
      grid: { left: 60, right: 24, top: 16, bottom: 56 + legendRoom(names, width) },
      legend: legend(colours, names),
      xAxis: axis(colours, 'step', { type: 'value', min: 0 }),
      yAxis: axis(colours, 'loss', { type: 'value', scale: true, nameGap: 42 }),
      tooltip: tooltip(colours, (_, series) => [series]),
      series: runs.flatMap((one, i) => {
        const { color, dash } = look(colours, i);
        return [
          { type: 'line', name: name(one), showSymbol: false, itemStyle: { color }, lineStyle: { color, type: dash, width: 1 }, data: thinned(one.losses) },
          { type: 'line', name: name(one), symbol: 'circle', symbolSize: 8, lineStyle: { color, type: dash, width: 2.5 },
            data: one.validation.filter((point) => isKnown(point.loss)).map((point) => ({
              value: [point.step, point.loss], itemStyle: { color: point.step === one.best_step ? color : colours.card, borderColor: color, borderWidth: 2 } })) },
        ];
      }),
    }),
    data: {
      head: ['cell', 'steps', 'first loss', 'last loss', 'best step', 'validation loss there', 'ended'],
      rows: runs.map((one) => [el('code', {}, name(one)), whole(one.losses.length), significant(one.losses[0]), significant(last(one)), whole(one.best_step),
        significant(bestOf(one)), one.ended]),
    },
  });
}

/** The primary output by the number of training rows. */
export function trainingSizes({ dataset, primary }: Context): View {
  const curves = dataset.learning_curves.filter((curve) => curve.points.some((point) => point.value !== null));
  if (curves.length === 0) return { title: 'Score by training-set size', how: 'a strategy with several `train_rows`' };
  const names = curves.map((curve) => curve.label);
  const text = (point: (typeof curves)[number]['points'][number]) => `${number(primary, point.value)} ${interval(primary, point.low, point.high)}`;
  return figure({
    title: 'Score by training-set size',
    note: 'Each smaller set is a part of the larger ones; bars are intervals over the test examples.',
    label: `${primary.name} by training rows: ${curves.map((curve) => `${curve.label}: ${curve.points.map((point) => `${point.train_rows} rows ${text(point)}`).join(', ')}`).join('; ')}`,
    height: 340,
    option: (colours, width) => ({
      grid: { left: 60, right: 24, top: 16, bottom: 56 + legendRoom(names, width) },
      legend: legend(colours, names),
      xAxis: axis(colours, 'training rows (logarithmic)', { type: 'log', scale: true }),
      yAxis: axis(colours, titleOf(primary), { type: 'value', scale: true, nameGap: 42 }),
      tooltip: tooltip(colours, (i, series) => {
        const point = curves.find((curve) => curve.label === series)?.points[i];
        return point ? [series, `${whole(point.train_rows)} rows: ${text(point)}`] : [];
      }),
      series: curves.flatMap((curve, i) => {
        const { color, symbol, dash } = look(colours, i);
        const known = curve.points.filter((point) => isKnown(point.low) && isKnown(point.high));
        return [
          { type: 'line', name: curve.label, symbol, symbolSize: 9, itemStyle: { color }, lineStyle: { color, type: dash },
            data: curve.points.map((point) => [point.train_rows, point.value === null ? null : plotted(primary, point.value)]) },
          errorBars(known.map((point) => ({ at: point.train_rows, low: plotted(primary, point.low ?? 0), high: plotted(primary, point.high ?? 0), colour: color })), 'y'),
        ];
      }),
    }),
    data: {
      head: ['cell', 'training rows', titleOf(primary)],
      rows: curves.flatMap((curve) => curve.points.map((point) => [el('code', {}, curve.label), whole(point.train_rows), text(point)])),
    },
  });
}
