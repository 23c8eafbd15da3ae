import type { ContentProof } from '../../core/content-proof.ts'

/** rclone and others write the time a file bears as seconds since 1970, with a fraction. */
const timeName = 'mtime'
/** Tells our upload from another's when an answer was lost. */
const tokenName = 'sluice-upload'
/** `sha-256` and so on, lower-case hex. */
const hashPrefix = 'sluice-hash-'
/** Which content the hashes are of, as the store tells it by itself: `CRC64NVME 0123456789abcdef`. */
const proofName = 'sluice-proof'

export interface KeptFacts {
  readonly token: string
  readonly modified: Date | null
  readonly hashes: Readonly<Record<string, string>>
  /** Null where the content is not known yet: then hashes are not kept either. */
  readonly proof: ContentProof | null
}

/** What stands in an object's metadata. */
export function metadataOf({ token, modified, hashes, proof }: KeptFacts): Record<string, string> {
  const kept: Record<string, string> = { [tokenName]: token }
  if (modified !== null) kept[timeName] = timeText(modified)
  if (proof === null) return kept
  kept[proofName] = proofText(proof)
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

/**
 * Hashes by their IANA names (`SHA-256`), if they are of the content that is there now. Programs exist that write other
 * content and carry the old metadata along (s3fs): what the store says of the content by itself decides.
 */
export function hashesIn(
  metadata: Readonly<Record<string, string>>,
  told: readonly ContentProof[],
): Readonly<Record<string, string>> {
  const hashes: Record<string, string> = {}
  if (!told.some((proof) => provesContent(metadata, proof))) return hashes
  for (const [name, hex] of Object.entries(metadata))
    if (name.startsWith(hashPrefix)) hashes[name.slice(hashPrefix.length).toUpperCase()] = hex
  return hashes
}

/** Whether the object was stored by us with this content. */
export function provesContent(metadata: Readonly<Record<string, string>>, proof: ContentProof): boolean {
  return metadata[proofName] === proofText(proof)
}

function proofText({ name, hex }: ContentProof): string {
  return `${name} ${hex}`
}

function timeText(time: Date): string {
  return (time.getTime() / 1000).toFixed(3)
}
