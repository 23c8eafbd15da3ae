/** What MFF shall change. */
export interface FactChange {
  /** As sent and in the order sent; names may come in any case, values may be empty. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly path: string
}

/** MFF's argument, `fact=value;fact=value; path` (draft-somers-ftp-mfxx §6); null when it has not this form. */
export function parseMff(text: string): FactChange | null {
  const match = /^((?:[^=; ]+=[^; ]*;)+) (.+)$/s.exec(text)
  if (match === null) return null
  const [, list = '', path = ''] = match
  const facts = list
    .slice(0, -1)
    .split(';')
    .map((fact): [string, string] => {
      const equals = fact.indexOf('=')
      return [fact.slice(0, equals), fact.slice(equals + 1)]
    })
  return { facts, path }
}

/** The value of `UNIX.mode`, one to four octal digits; else null. */
export function parseModeFact(value: string): number | null {
  return /^[0-7]{1,4}$/.test(value) ? Number.parseInt(value, 8) : null
}
