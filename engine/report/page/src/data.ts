import type { Dataset, Example, ExampleIndex, ExampleSet, Group, Output, Report, Value } from './model';

function text(id: string): string {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}: the file is damaged, write the report again.`);
  return element.textContent ?? '';
}

/** As the other forms of the report decide it: such values are written in per cent. */
function isShare(dataset: Dataset, output: Output): boolean {
  const lies = (x: number | null) => x === null || (x >= 0 && x <= 1);
  return (
    output.unit === '' &&
    output.higher_is_better &&
    dataset.groups.every((group) => {
      const value = valueOf(group, output.name);
      return !value || [value.value, value.low, value.high].every(lies);
    })
  );
}

export function readReport(): Report {
  const report = JSON.parse(text('report')) as Report;
  for (const dataset of report.datasets) {
    for (const output of dataset.outputs) output.share = isShare(dataset, output);
  }
  return report;
}

export function valueOf(group: Group, name: string): Value | undefined {
  return group.values.find((value) => value.name === name);
}

export function outputOf(dataset: Dataset, name: string | null): Output | undefined {
  return dataset.outputs.find((output) => output.name === name);
}

export function groupOf(dataset: Dataset, id: string | null): Group | undefined {
  return dataset.groups.find((group) => group.group === id);
}

/** Whether it has a value of the primary output. */
export function hasResult(group: Group): boolean {
  return group.rank !== null;
}

/** JSON that lies in the page as base64 of gzip. */
async function unpack<T>(id: string): Promise<T> {
  const packed = Uint8Array.from(atob(text(id).trim()), (c) => c.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(plain).json()) as T;
}

const BLOCKS_KEPT = 8;

/** The examples of one dataset, unpacked block by block as they are asked for. */
export class Examples {
  private index?: Promise<ExampleIndex>;
  /** Most recently asked for last. */
  private readonly blocks = new Map<number, Promise<Example[]>>();
  private readonly firsts: number[] = [];

  constructor(readonly set: ExampleSet) {
    let first = 0;
    for (const rows of set.rows_per_block) {
      this.firsts.push(first);
      first += rows;
    }
  }

  readIndex(): Promise<ExampleIndex> {
    this.index ??= unpack<ExampleIndex>(this.set.index);
    return this.index;
  }

  get blockCount(): number {
    return this.set.blocks.length;
  }

  /** The row that block `block` starts with. */
  firstRow(block: number): number {
    return this.firsts[block] ?? 0;
  }

  /** All rows of a block; a few blocks are kept. */
  readBlock(block: number): Promise<Example[]> {
    const id = this.set.blocks[block];
    if (id === undefined) throw new Error(`no block ${block} of examples`);
    const kept = this.blocks.get(block);
    const found = kept ?? unpack<Example[]>(id);
    this.blocks.delete(block);
    this.blocks.set(block, found);
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= BLOCKS_KEPT) break;
      this.blocks.delete(oldest);
    }
    return found;
  }

  async read(row: number): Promise<Example> {
    let block = this.firsts.length - 1;
    while (block > 0 && (this.firsts[block] ?? 0) > row) block -= 1;
    const example = (await this.readBlock(block))[row - this.firstRow(block)];
    if (!example) throw new Error(`no example in row ${row}`);
    return example;
  }
}
