import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import type { EChartsCoreOption, ECharts } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

import { el, freshId } from './dom';
import type { Content } from './dom';
import { palette } from './palette';
import type { Palette } from './palette';
import { table } from './table';
import type { Table } from './table';

echarts.use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  SVGRenderer,
]);

export type Option = EChartsCoreOption;

/** A picture with all that it says in words: a heading, how to read it, and its data as a table. */
export interface Chart {
  title: string;
  /** How to read it, in a sentence or two. */
  note: Content;
  /** What a screen reader says in the picture's place. */
  label: string;
  /** Pixels. */
  height: number;
  option(colours: Palette, width: number): Option;
  data: Table;
  controls?: Content;
}

interface Drawn {
  place: HTMLElement;
  chart: Chart;
  drawing?: ECharts;
}

const PRINTED_WIDTH = 660; // CSS pixels of a page of A4 between its margins
let all: Drawn[] = [];

function draw(one: Drawn, width?: number): void {
  const wide = width ?? one.place.clientWidth;
  if (wide === 0) return;
  one.drawing ??= echarts.init(one.place, undefined, { renderer: 'svg', width: wide, height: one.chart.height });
  one.drawing.resize({ width: wide, height: one.chart.height });
  one.drawing.setOption({ ...common(palette()), ...one.chart.option(palette(), wide) }, true);
  one.drawing.getZr().flush();
  one.place.dataset['drawn'] = 'true';
}

/** What all pictures share: no motion, the page's type. */
function common(colours: Palette): Option {
  return {
    animation: false,
    color: colours.series,
    textStyle: { fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif', color: colours.ink },
  };
}

const nearView = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const found = entry.isIntersecting ? all.find((one) => one.place === entry.target) : undefined;
      if (found) {
        nearView.unobserve(found.place);
        draw(found);
      }
    }
  },
  { rootMargin: '400px' },
);

/** Draws again what is drawn: the colours or the width changed. */
export function redraw(): void {
  forgetGone();
  for (const one of all) {
    if (one.drawing) draw(one);
  }
}

/** Draws everything, for paper. */
export function drawForPrint(): void {
  forgetGone();
  for (const one of all) draw(one, PRINTED_WIDTH);
}

function forgetGone(): void {
  for (const one of all) {
    if (!one.place.isConnected) one.drawing?.dispose();
  }
  all = all.filter((one) => one.place.isConnected);
}

/** The picture's element; it is drawn when it comes near the view. */
export function figure(chart: Chart): HTMLElement {
  const heading = freshId('chart');
  const place = el('div', {
    class: 'chart',
    role: 'img',
    'aria-label': chart.label,
    style: `height:${chart.height}px`,
  });
  all.push({ place, chart });
  nearView.observe(place);
  return el(
    'figure',
    { 'aria-labelledby': heading },
    el('h3', { id: heading }, chart.title),
    el('figcaption', {}, chart.note),
    chart.controls,
    place,
    el('details', { class: 'data' }, el('summary', {}, `Data of “${chart.title}”`), table(chart.data)),
  );
}

let resizing = 0;
window.addEventListener('resize', () => {
  window.clearTimeout(resizing);
  resizing = window.setTimeout(redraw, 150);
});
