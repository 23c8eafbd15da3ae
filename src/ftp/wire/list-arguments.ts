/** What LIST, NLST and STAT are asked for. */
export interface ListArgument {
  /** Null: the current folder. */
  readonly path: string | null
  /** The client said `-R`. */
  readonly isRecursive: boolean
}

/**
 * Takes the words that look like options of `ls` (`-la`, `-1`, `--all`) from the front, since clients send them by habit;
 * `--` ends them. The rest is the path, verbatim. A name with a leading dash is written `./-v`.
 */
export function parseListArgument(text: string | null): ListArgument {
  let rest = text ?? ''
  let isRecursive = false
  while (rest.startsWith('-')) {
    const space = rest.indexOf(' ')
    const word = space < 0 ? rest : rest.slice(0, space)
    if (word !== '--' && !isOption(word)) break
    rest = space < 0 ? '' : rest.slice(space + 1)
    if (word === '--') break
    isRecursive ||= isRecursiveOption(word)
  }
  return { path: rest === '' ? null : rest, isRecursive }
}

function isOption(word: string): boolean {
  return /^-[A-Za-z0-9]+$/.test(word) || /^--[A-Za-z0-9][A-Za-z0-9=-]*$/.test(word)
}

function isRecursiveOption(word: string): boolean {
  return word.startsWith('--') ? word === '--recursive' : word.includes('R')
}
