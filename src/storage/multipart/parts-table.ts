import { combineChecksums } from '../../core/checksum/combine.ts'
import { GatewayError } from '../../core/errors.ts'
import type { StoreRules, StoredPart } from './object-store.ts'

/** The beginning of an upload: so many parts, from the first, without a gap. */
export interface Prefix {
  readonly parts: number
  readonly bytes: number
  /** Of all its bytes; null where that of a part is not known. */
  readonly checksum: bigint | null
}

/** What an upload has in the store already when this process begins with it. */
export interface ResumedParts {
  readonly uploadId: string
  /** From the first, without a gap. */
  readonly parts: readonly StoredPart[]
  /** Beginnings whose checksums are known though those of their parts need not be. */
  readonly known: readonly Prefix[]
  /** False once parts were given up that cannot be removed one by one: a list of parts then holds old ones too. */
  readonly isListTrusted: boolean
}

/** The parts that the store has acknowledged. */
export interface PartsTable {
  add(part: StoredPart): void
  /** As far as there is no gap: what counts as durable. */
  prefix(): Prefix
  /** Whether there are parts behind the first that is missing. */
  hasGap(): boolean
  /** The first parts that hold exactly so many bytes; null where the offset is inside a part. */
  prefixOf(bytes: number): Prefix | null
  /** All up to this number. @throws GatewayError 'internal' when one is missing. */
  upTo(number: number): readonly StoredPart[]
}

export function partsTable(
  rules: StoreRules,
  resumed: Pick<ResumedParts, 'parts' | 'known'> = { parts: [], known: [] },
): PartsTable {
  const parts = new Map<number, StoredPart>()
  const prefixes: Prefix[] = [{ parts: 0, bytes: 0, checksum: 0n }]
  const last = () => prefixes.at(-1) as Prefix

  function longer(before: Prefix, part: StoredPart): Prefix {
    const bytes = before.bytes + part.bytes
    const known = resumed.known.find((prefix) => prefix.parts === part.number && prefix.bytes === bytes)
    return known ?? { parts: part.number, bytes, checksum: combined(before, part) }
  }

  function combined(before: Prefix, part: StoredPart): bigint | null {
    if (rules.checksum === null || before.checksum === null || part.checksum === null) return null
    return combineChecksums(rules.checksum, before.checksum, part.checksum, part.bytes)
  }

  function add(part: StoredPart): void {
    parts.set(part.number, part)
    for (let next = parts.get(prefixes.length); next !== undefined; next = parts.get(prefixes.length)) {
      prefixes.push(longer(last(), next))
    }
  }

  for (const part of resumed.parts) add(part)

  return {
    add,
    prefix: last,
    hasGap: () => parts.size > last().parts,
    prefixOf: (bytes) => prefixes.find((prefix) => prefix.bytes === bytes) ?? null,
    upTo(number) {
      return Array.from({ length: number }, (_, index) => {
        const part = parts.get(index + 1)
        if (part === undefined) throw new GatewayError('internal', 'A part of the upload is missing.')
        return part
      })
    },
  }
}
