import type { Dataset, Group } from './model';

/** The group of a cell. */
export function groupOfCell(dataset: Dataset, cell: string): Group | undefined {
  return dataset.groups.find((group) => group.cells.includes(cell));
}

/** "lora(rank=8) · seed 2"; without the seed where the group has one only. */
export function cellName(dataset: Dataset, cell: string): string {
  const group = groupOfCell(dataset, cell);
  if (!group) return cell.slice(0, 8);
  return group.seeds.length > 1 ? `${group.label} · seed ${group.seeds[group.cells.indexOf(cell)] ?? ''}` : group.label;
}
