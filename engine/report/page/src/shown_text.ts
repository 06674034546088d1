import { el, replace } from './dom';

const SHOWN = 20_000; // characters of one text before it is cut: laying out megabytes takes seconds

/** Control characters as their pictures: a model's output is shown, never obeyed. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (c) => {
    const code = c.charCodeAt(0);
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  }).replace(/[\u0080-\u009f]/g, '\u2426');
}

/** What a model was asked or wrote, as text; JSON where it is no text. Right-to-left stays within it. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => one && typeof one === 'object' && 'role' in one && 'content' in one)) {
    return value.map((one: { role: unknown; content: unknown }) => `[${String(one.role)}] ${plain(one.content)}`).join('\n');
  }
  return JSON.stringify(value, null, 1);
}

/** A block of text that is cut when it is long, with a button that shows all of it. */
export function textBlock(value: unknown, name?: string): HTMLElement {
  const text = visible(plain(value));
  const block = el('pre', { dir: 'auto', class: name });
  if (text.length <= SHOWN) {
    block.textContent = text;
    if (text === '') replace(block, el('span', { class: 'hint' }, '(empty)'));
    return block;
  }
  const all = el('button', { type: 'button', class: 'action', click: () => { block.textContent = text; } },
    `Show all ${text.length.toLocaleString('en')} characters`);
  replace(block, text.slice(0, SHOWN), '… ', all);
  return block;
}

/** The beginning of a text, on one line. */
export function excerpt(value: unknown, length: number): string {
  const text = visible(plain(value).slice(0, 4 * length)).replace(/\s+/g, ' ').trim();
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
