import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts/types/dist/shared';

const CAP = 4; // half the length of an interval's end, pixels

export interface Bar {
  at: number;
  low: number;
  high: number;
  colour: string;
  /** The whole of it is drawn thinner, as an interval that is widened. */
  thin?: boolean;
}

/** Intervals as bars with ends, along y (of points over x) or along x (of rows). */
export function errorBars(bars: Bar[], along: 'x' | 'y', more: Record<string, unknown> = {}): object {
  return {
    type: 'custom',
    silent: true,
    clip: true,
    z: 2,
    data: bars.map((bar) => [bar.at, bar.low, bar.high]),
    encode: along === 'y' ? { x: 0, y: [1, 2] } : { y: 0, x: [1, 2] },
    renderItem(params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn {
      const bar = bars[params.dataIndex];
      if (!bar) return null;
      const point = (value: number) => api.coord(along === 'y' ? [bar.at, value] : [value, bar.at]);
      const [x1 = 0, y1 = 0] = point(bar.low);
      const [x2 = 0, y2 = 0] = point(bar.high);
      const style = { stroke: bar.colour, lineWidth: bar.thin ? 1 : 2, fill: 'none' };
      const line = (x: number, y: number, toX: number, toY: number) => ({ type: 'line' as const, shape: { x1: x, y1: y, x2: toX, y2: toY }, style });
      const cap = (x: number, y: number) => (along === 'y' ? line(x - CAP, y, x + CAP, y) : line(x, y - CAP, x, y + CAP));
      return { type: 'group', children: [line(x1, y1, x2, y2), cap(x1, y1), cap(x2, y2)] };
    },
    ...more,
  };
}
