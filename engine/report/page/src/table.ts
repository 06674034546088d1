import { el } from './dom';
import type { Content } from './dom';

export interface Table {
  /** The first column names the row. */
  head: string[];
  rows: Content[][];
}

/** A plain table in a frame that scrolls sideways. */
export function table(data: Table, caption?: string): HTMLElement {
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption ?? 'Data' },
    el(
      'table',
      {},
      caption ? el('caption', {}, caption) : null,
      el('thead', {}, el('tr', {}, data.head.map((text, i) => el('th', { scope: 'col', class: i === 0 ? 'l' : undefined }, text)))),
      el(
        'tbody',
        {},
        data.rows.map((row) =>
          el('tr', {}, row.map((content, i) => (i === 0 ? el('th', { scope: 'row' }, content) : el('td', {}, content)))),
        ),
      ),
    ),
  );
}
