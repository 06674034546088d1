import { diffLines, diffWordsWithSpace } from 'diff';

import { el } from './dom';
import { visible } from './shown_text';

const MOST = 100_000; // characters: past it words are not told apart in time
const PATIENCE_MS = 500;

/** What turns one text into the other: what is only in the first is struck out, what is only in the second is underlined. */
export function diffView(first: string, second: string): HTMLElement {
  if (first === second) return el('p', { class: 'hint' }, 'The two outputs are the same.');
  const [a, b] = [visible(first), visible(second)];
  const parts = a.length + b.length > MOST ? diffLines(a, b, { timeout: PATIENCE_MS }) : diffWordsWithSpace(a, b, { timeout: PATIENCE_MS });
  if (!parts) return el('p', { class: 'hint' }, 'The two outputs are too long and too different for a comparison word by word.');
  return el('pre', { dir: 'auto', class: 'diff' },
    parts.map((part) => (part.added ? el('ins', {}, part.value) : part.removed ? el('del', {}, part.value) : part.value)));
}
