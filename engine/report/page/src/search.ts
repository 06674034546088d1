import type { Examples } from './data';
import type { Example } from './model';
import { plain } from './shown_text';

/** Everything of an example that a reader can see. */
function* textsOf(example: Example): Generator<string> {
  yield example.id;
  yield plain(example.input);
  yield example.target;
  yield* example.references ?? [];
  for (const row of example.cells) {
    if (!row) continue;
    yield row.answer;
    yield* row.outputs;
    if (typeof row.prompt !== 'number') yield plain(row.prompt);
  }
}

/** Rows that hold `words` in any of their texts, whatever the case, over all blocks; none where `stopped` says so. */
export async function search(
  examples: Examples,
  words: string,
  stopped: () => boolean,
  progress: (share: number) => void,
): Promise<Set<number> | null> {
  const wanted = words.toLowerCase();
  const rows = new Set<number>();
  for (let block = 0; block < examples.blockCount; ++block) {
    const first = examples.firstRow(block);
    for (const [i, example] of (await examples.readBlock(block)).entries()) {
      for (const text of textsOf(example)) {
        if (text.toLowerCase().includes(wanted)) {
          rows.add(first + i);
          break;
        }
      }
    }
    if (stopped()) return null;
    progress((block + 1) / examples.blockCount);
  }
  return rows;
}
