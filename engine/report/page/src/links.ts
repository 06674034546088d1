/** The address of an example within the page. */
export function linkTo(dataset: string, id: string): string {
  return `#example=${encodeURIComponent(dataset)}/${encodeURIComponent(id)}`;
}

/** The dataset and the example that a permalink names. */
export function linked(hash: string): { dataset: string; id: string } | null {
  const found = /^#example=([^/]+)\/(.+)$/.exec(hash);
  if (!found) return null;
  try {
    return { dataset: decodeURIComponent(found[1] ?? ''), id: decodeURIComponent(found[2] ?? '') };
  } catch {
    return null; // not written by us
  }
}
