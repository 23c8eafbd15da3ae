import { baseName, childKey, hasControlCharacter, parentKey, type ObjectKey } from '../../core/paths.ts'

/** Whether the text is a pattern for temporary names: one `*`, and something else, within one name. */
export function isTemporaryPattern(text: string): boolean {
  return text.length > 1 && text.split('*').length === 2 && !text.includes('/') && !hasControlCharacter(text)
}

/** The patterns' two sides. */
interface Sides {
  readonly front: string
  readonly back: string
}

export function sidesOf(pattern: string): Sides {
  const [front = '', back = ''] = pattern.split('*')
  return { front, back }
}

/** What a file with a temporary name will be called: what stands for the `*` of the first pattern that fits; else null. */
export function finalName(name: string, patterns: readonly Sides[]): string | null {
  for (const { front, back } of patterns) {
    if (name.length <= front.length + back.length || !name.startsWith(front) || !name.endsWith(back)) continue
    const rest = name.slice(front.length, name.length - back.length)
    if (rest !== '.' && rest !== '..') return rest
  }
  return null
}

/** The same for keys: the file stays in its directory. */
export function finalKeyOf(patterns: readonly string[]): (key: ObjectKey) => ObjectKey | null {
  const sides = patterns.map(sidesOf)
  return (key) => {
    // Listings ask for every key, and few are such.
    if (!sides.some(({ back }) => key.endsWith(back))) return null
    const name = finalName(baseName(key), sides)
    return name === null ? null : childKey(parentKey(key), name)
  }
}
