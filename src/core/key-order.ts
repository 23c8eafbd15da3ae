/**
 * Compares two keys as their UTF-8 bytes compare: the order in which every storage lists. JavaScript's own order differs
 * where a surrogate pair (U+10000 and up) meets U+E000 to U+FFFF.
 */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others, so they move behind U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** What an entry is sorted by: a directory counts as its key with a slash behind. */
export function sortKey(entry: { readonly kind: 'file' | 'directory'; readonly key: string }): string {
  return entry.kind === 'directory' ? `${entry.key}/` : entry.key
}

/** The order of a listing. */
export function compareEntries(a: Parameters<typeof sortKey>[0], b: Parameters<typeof sortKey>[0]): number {
  return compareKeys(sortKey(a), sortKey(b))
}
