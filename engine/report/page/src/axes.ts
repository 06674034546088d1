import { el } from './dom';
import type { Palette } from './palette';

/** An axis in the page's colours. */
export function axis(colours: Palette, name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { color: colours.soft },
    axisLine: { lineStyle: { color: colours.soft } },
    axisTick: { lineStyle: { color: colours.soft } },
    axisLabel: { color: colours.soft, hideOverlap: true },
    splitLine: { lineStyle: { color: colours.line } },
    ...more,
  };
}

/** A tooltip whose lines are text, never markup. `lines` is told the place of the datum in its series, and the series' name. */
export function tooltip(colours: Palette, lines: (place: number, series: string) => string[]): Record<string, unknown> {
  return {
    trigger: 'item',
    confine: true,
    backgroundColor: colours.card,
    borderColor: colours.line,
    textStyle: { color: colours.ink, fontSize: 13 },
    extraCssText: 'max-width:30rem;white-space:normal;overflow-wrap:anywhere',
    formatter: (params: { dataIndex: number; seriesName?: string }) =>
      el('div', {}, lines(params.dataIndex, params.seriesName ?? '').map((line) => el('div', {}, line))),
  };
}

/** A legend under a picture, in the page's colours; it scrolls where there are many. */
export function legend(colours: Palette, names: string[]): Record<string, unknown> {
  return {
    type: 'plain',
    data: names,
    bottom: 0,
    textStyle: { color: colours.ink },
    itemWidth: 22,
    formatter: (name: string) => (name.length > 44 ? `${name.slice(0, 43)}…` : name),
  };
}

/** Room that a legend of so many names takes, pixels. */
export function legendRoom(names: string[], width: number): number {
  const letters = 7;
  let lines = 1;
  let used = 0;
  for (const name of names) {
    const wide = Math.min(name.length, 44) * letters + 45;
    if (used > 0 && used + wide > width) {
      lines += 1;
      used = 0;
    }
    used += wide;
  }
  return lines * 24 + 8;
}

const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'roundRect'];
const DASHES = ['solid', 'dashed', 'dotted'];

/** Colour, symbol and dashes of the nth series: no two of the first 48 share all three. */
export function look(colours: Palette, n: number): { color: string; symbol: string; dash: string } {
  return {
    color: colours.series[n % colours.series.length] ?? colours.ink,
    symbol: SYMBOLS[n % SYMBOLS.length] ?? 'circle',
    dash: DASHES[Math.floor(n / colours.series.length) % DASHES.length] ?? 'solid',
  };
}
