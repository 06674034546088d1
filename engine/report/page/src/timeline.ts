import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts/types/dist/shared';

import { axis, tooltip } from './axes';
import { figure } from './chart';
import type { View } from './context';
import { el } from './dom';
import { seconds } from './format';
import type { Report, Span } from './model';

const KINDS = ['adapt', 'generate', 'measure', 'score', 'choose', 'compare', 'fragility'];
const MOST_ROWS = 2000;

function isFailed(span: Span): boolean {
  return !['done', 'reused'].includes(span.outcome);
}

/** What each worker did when. */
export function timeline(report: Report): View {
  const spans = report.page.timeline.filter((span) => span.end >= span.start && span.worker !== '');
  if (spans.length === 0) return { title: 'Timeline', how: 'a run that did any work itself: all stages of this one were there already' };
  const workers = [...new Set(spans.map((span) => span.worker))].sort();
  const end = Math.max(...spans.map((span) => span.end));
  const busy = (worker: string) => spans.filter((span) => span.worker === worker).reduce((sum, span) => sum + span.end - span.start, 0);
  return figure({
    title: 'Timeline of the run',
    note: [`Each bar is an attempt at a stage, by the worker that made it; a red frame failed. Colours: `, KINDS.filter((kind) => spans.some((span) => span.kind === kind)).map((kind) =>
      el('span', { class: `kind kind-${KINDS.indexOf(kind)}` }, kind))],
    label: `Timeline: ${spans.length} attempts in ${seconds(end)} on ${workers.length} workers: ${workers.map((worker) => `${worker} busy ${Math.round((100 * busy(worker)) / (end || 1))} % of the time`).join('; ')}`,
    height: 100 + 36 * workers.length,
    option: (colours, width) => ({
      grid: { left: Math.min(120, width * 0.25), right: 24, top: 10, bottom: 50 },
      xAxis: axis(colours, 'seconds since the run began', { type: 'value', min: 0, max: end }),
      yAxis: axis(colours, '', { type: 'category', inverse: true, data: workers, splitLine: { show: false }, axisLabel: { color: colours.ink, width: Math.min(110, width * 0.23), overflow: 'truncate' } }),
      tooltip: tooltip(colours, (i) => {
        const span = spans[i];
        return span ? [span.label, `${span.kind}, attempt ${span.number}: ${span.outcome}`, `${seconds(span.end - span.start)} from ${seconds(span.start)}`, span.stage.slice(0, 16)] : [];
      }),
      series: [{
        type: 'custom', clip: true, encode: { x: [1, 2], y: 0 },
        data: spans.map((span) => [workers.indexOf(span.worker), span.start, span.end]),
        renderItem(params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn {
          const span = spans[params.dataIndex];
          if (!span) return null;
          const row = workers.indexOf(span.worker);
          const [x1 = 0, y = 0] = api.coord([span.start, row]);
          const [x2 = 0] = api.coord([span.end, row]);
          const failed = isFailed(span);
          return { type: 'rect', shape: { x: x1, y: y - 11, width: Math.max(1, x2 - x1), height: 22 },
            style: { fill: colours.series[Math.max(0, KINDS.indexOf(span.kind)) % colours.series.length] ?? colours.soft, stroke: failed ? colours.bad : colours.card, lineWidth: failed ? 2 : 0.5 } };
        },
      }],
    }),
    data: {
      head: ['stage', 'kind', 'worker', 'from', 'took', 'outcome'],
      rows: spans.slice(0, MOST_ROWS).map((span) => [span.label, span.kind, span.worker, seconds(span.start), seconds(span.end - span.start), span.outcome]),
    },
  });
}
