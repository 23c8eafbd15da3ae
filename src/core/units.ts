const byteUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
])

const millisecondsPerUnit: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['', 1000],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

// No flags on the patterns: JSON Schema, which holds them too, knows none.

/** How sizes are written: `64 MiB`, `1.5GiB`, `10 MB`, `67108864`. A lone `M` is refused, for it means two things. */
export const bytesPattern = /^\s*(\d{1,16}(?:\.\d{1,6})?)\s*((?:[KkMmGgTt][Ii]?)?[Bb])?\s*$/

/** How times are written: `500ms`, `30s`, `5m`, `1.5h`, `1d`, `30`. */
export const durationPattern = /^\s*(\d{1,16}(?:\.\d{1,6})?)\s*([Mm][Ss]|[SsMmHhDd])?\s*$/

/** Bytes of a size as people write it, a whole number from 0 up; null when it is none. `MB` is 10^6, `MiB` is 2^20. */
export function parseBytes(value: string | number): number | null {
  if (typeof value === 'number') return asWhole(value)
  const match = bytesPattern.exec(value)
  if (match === null) return null
  const factor = byteUnits.get((match[2] ?? '').toLowerCase()) ?? Number.NaN
  const bytes = Number(match[1]) * factor
  return asWhole(factor === 1 ? bytes : Math.round(bytes))
}

/** Milliseconds of a time as people write it, a whole number from 0 up; null when it is none. A bare number is seconds. */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return asWhole(Math.round(value * 1000))
  const match = durationPattern.exec(value)
  if (match === null) return null
  const factor = millisecondsPerUnit.get((match[2] ?? '').toLowerCase()) ?? Number.NaN
  return asWhole(Math.round(Number(match[1]) * factor))
}

/** A size for people: `64 MiB`, `1.5 GiB`, `10 B`. At most three digits behind the point, so not always exact. */
export function formatBytes(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let index = 0
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024
    index++
  }
  return `${Number(value.toFixed(3))} ${names[index]}`
}

/** A count of bytes in a sentence: `1 byte`, `3000000 bytes`. */
export function countBytes(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}

/** A time for people: `30s`, `1.5h`, `500ms`. */
export function formatDuration(milliseconds: number): string {
  const unit = ['d', 'h', 'm', 's'].find((name) => milliseconds >= (millisecondsPerUnit.get(name) ?? 0)) ?? 'ms'
  return `${Number((milliseconds / (millisecondsPerUnit.get(unit) ?? 1)).toFixed(3))}${unit}`
}

/** How long something has lasted, for people, in its two largest units: `2m 45s`, `1d 3h`, `12s`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0s'
  const told = parts.slice(first, first + 2).filter(([count]) => count > 0)
  return told.map(([count, unit]) => `${count}${unit}`).join(' ')
}

function asWhole(value: number): number | null {
  return Number.isSafeInteger(value) && value >= 0 ? value : null
}
