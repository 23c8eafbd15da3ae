import { formatTimestamp } from './times.ts'

/** The facts we know, in the order we send them. RFC 3659 §7.5; `UNIX.mode` is everyone's addition. */
export const factNames = ['type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode'] as const

export type FactName = (typeof factNames)[number]

/** What a session begins with: nothing left to ask for. */
export const allFacts: ReadonlySet<FactName> = new Set(factNames)

/** What MLSD and MLST tell of an entry. */
export interface FactEntry {
  /** `cdir` is the listed folder itself. */
  readonly type: 'file' | 'dir' | 'cdir'
  /** For MLST the full path, for `cdir` a `.`. */
  readonly name: string
  readonly bytes: number
  /** Null where the store knows no time: the fact is left out. */
  readonly modified: Date | null
  /** Letters of RFC 3659 §7.5.5. */
  readonly perm: string
  readonly unique: string
  /** POSIX permission bits, 0 to 0o7777. */
  readonly mode: number
}

/** `facts SP name` without line end: each fact ends with `;`; with none selected the line begins with its space. */
export function formatFacts(entry: FactEntry, selected: ReadonlySet<FactName>): string {
  const { type, bytes, modified, perm, unique, mode, name } = entry
  let line = ''
  if (selected.has('type')) line += `type=${type};`
  if (selected.has('size') && type === 'file') line += `size=${bytes};`
  if (selected.has('modify') && modified !== null) line += `modify=${formatTimestamp(modified)};`
  if (selected.has('perm')) line += `perm=${perm};`
  if (selected.has('unique')) line += `unique=${unique};`
  if (selected.has('UNIX.mode')) line += `UNIX.mode=${mode.toString(8).padStart(4, '0')};`
  return `${line} ${name}`
}

/**
 * The facts that `OPTS MLST` selects (RFC 3659 §7.9): names in any case, each with a `;`; unknown ones are left out.
 * No argument selects none.
 */
export function parseOptsMlst(text: string | null): ReadonlySet<FactName> {
  const wanted = new Set((text ?? '').toLowerCase().split(';'))
  return new Set(factNames.filter((name) => wanted.has(name.toLowerCase())))
}

/** The text of the 200 to OPTS MLST: `MLST OPTS type;size;`, in our order, or `MLST OPTS` for none. */
export function formatOptsMlst(selected: ReadonlySet<FactName>): string {
  const names = factNames.filter((name) => selected.has(name))
  return names.length === 0 ? 'MLST OPTS' : `MLST OPTS ${names.map((name) => `${name};`).join('')}`
}

/** MLST's line in FEAT: every fact, those selected marked with `*`. */
export function formatMlstFeature(selected: ReadonlySet<FactName>): string {
  return `MLST ${factNames.map((name) => `${name}${selected.has(name) ? '*' : ''};`).join('')}`
}
