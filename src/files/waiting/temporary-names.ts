import { baseName, childKey, hasControlCharacter, parentKey, type ObjectKey } from '../../core/paths.ts'

/** Whether the text is a pattern for temporary names: one `*`, and something else, within one name. */
export function isTemporaryPattern(text: string): boolean {
  return text.length > 1 && text.split('*').length === 2 && !text.includes('/') && !hasControlCharacter(text)
}

/** What a file with a temporary name will be called: what stands for the `*` of the first pattern that fits; else null. */
export function finalName(name: string, patterns: readonly string[]): string | null {
  for (const pattern of patterns) {
    const [front = '', back = ''] = pattern.split('*')
    if (name.length <= front.length + back.length || !name.startsWith(front) || !name.endsWith(back)) continue
    const rest = name.slice(front.length, name.length - back.length)
    if (rest !== '.' && rest !== '..') return rest
  }
  return null
}

/** The same for keys: the file stays in its directory. */
export function finalKeyOf(patterns: readonly string[]): (key: ObjectKey) => ObjectKey | null {
  return (key) => {
    const name = finalName(baseName(key), patterns)
    return name === null ? null : childKey(parentKey(key), name)
  }
}
