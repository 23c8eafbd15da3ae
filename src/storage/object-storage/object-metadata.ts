/** rclone and others write the time a file bears as seconds since 1970, with a fraction. */
const timeName = 'mtime'
/** Tells our upload from another's when an answer was lost. */
const tokenName = 'sluice-upload'
/** `sha-256` and so on, lower-case hex; they belong to the content that came with them. */
const hashPrefix = 'sluice-hash-'

export interface KeptFacts {
  readonly token: string
  readonly modified: Date | null
  readonly hashes: Readonly<Record<string, string>>
}

/** What stands in an object's metadata. */
export function metadataOf({ token, modified, hashes }: KeptFacts): Record<string, string> {
  const kept: Record<string, string> = { [tokenName]: token }
  if (modified !== null) kept[timeName] = timeText(modified)
  for (const [name, hex] of Object.entries(hashes)) kept[hashPrefix + name.toLowerCase()] = hex
  return kept
}

/** The same metadata with another time. */
export function withTime(metadata: Readonly<Record<string, string>>, modified: Date): Record<string, string> {
  return { ...metadata, [timeName]: timeText(modified) }
}

export function tokenIn(metadata: Readonly<Record<string, string>>): string | null {
  return metadata[tokenName] ?? null
}

/** The time the file bears; null where the metadata names none that can be read. */
export function timeIn(metadata: Readonly<Record<string, string>>): Date | null {
  const text = metadata[timeName] ?? ''
  if (!/^\d{1,12}(\.\d{1,9})?$/.test(text)) return null
  const time = new Date(Math.floor(Number(text) * 1000))
  return Number.isNaN(time.getTime()) ? null : time
}

/** By IANA name: `SHA-256`. */
export function hashesIn(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const [name, hex] of Object.entries(metadata))
    if (name.startsWith(hashPrefix)) hashes[name.slice(hashPrefix.length).toUpperCase()] = hex
  return hashes
}

function timeText(time: Date): string {
  return (time.getTime() / 1000).toFixed(3)
}
