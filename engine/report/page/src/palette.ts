import type { Family } from './model';

/** The colours of the page as it is shown now. */
export interface Palette {
  ink: string;
  soft: string;
  line: string;
  card: string;
  head: string;
  good: string;
  bad: string;
  families: Record<Family, string>;
  /** Told apart by most eyes, in this order; series also differ in dashes and symbols. */
  series: string[];
}

const SERIES_LIGHT = ['#2563a8', '#b4531a', '#1b7a43', '#7a3d9a', '#8a6d00', '#0f7c86', '#b3266e', '#4a5568'];
const SERIES_DARK = ['#7fb2ea', '#f0a06a', '#6fcf97', '#cf9ceb', '#e0c35a', '#67cfd8', '#f28ac0', '#b4bcc8'];

export function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen ? chosen === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches;
}

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    soft: colour('soft'),
    line: colour('line'),
    card: colour('card'),
    head: colour('head'),
    good: colour('good'),
    bad: colour('bad'),
    families: {
      prompting: colour('prompting'),
      'fine-tuning': colour('fine-tuning'),
      hybrid: colour('hybrid'),
    },
    series: isDark() ? SERIES_DARK : SERIES_LIGHT,
  };
}
