/** What a line of LIST shows. */
export interface ListedEntry {
  readonly kind: 'file' | 'directory'
  readonly name: string
  /** 0 for directories. */
  readonly bytes: number
  /** Null where the store knows no time. */
  readonly modified: Date | null
  /** POSIX permission bits, 0 to 0o7777. */
  readonly mode: number
  /** Default `sluice`. */
  readonly owner?: string
  readonly group?: string
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const rights = ['---', '--x', '-w-', '-wx', 'r--', 'r-x', 'rw-', 'rwx'] as const
const twoDigits = Array.from({ length: 60 }, (_, number) => `${number}`.padStart(2, '0'))
const recentMilliseconds = 182 * 24 * 60 * 60 * 1000
const aheadMilliseconds = 60 * 60 * 1000
const defaultOwner = ownerColumn('sluice')

/**
 * One line of LIST, as `ls -l` writes it, without its line end. Times are UTC like MDTM's: FileZilla takes the difference
 * of the two for the server's time zone.
 * @param unknownTime stands where the store knows none: always the same one, for clients that compare.
 */
export function formatListLine(entry: ListedEntry, now: Date, unknownTime: Date): string {
  const { kind, name, bytes, modified, mode, owner, group } = entry
  const links = kind === 'directory' ? '2' : '1'
  const ownerText = owner === undefined ? defaultOwner : ownerColumn(owner)
  const groupText = group === undefined ? defaultOwner : ownerColumn(group)
  const left = `${formatMode(kind, mode)}   ${links} ${ownerText} ${groupText} ${`${bytes}`.padStart(10)}`
  return `${left} ${formatTime(modified ?? unknownTime, now)} ${name}`
}

/** A blank in a name would shift the columns behind it. */
function ownerColumn(name: string): string {
  return name.replaceAll(/\s/g, '_').padEnd(8)
}

function formatMode(kind: ListedEntry['kind'], mode: number): string {
  const letters = `${rights[(mode >> 6) & 7]}${rights[(mode >> 3) & 7]}${rights[mode & 7]}`
  const special = mode >> 9 === 0 ? letters : withSpecialBits(letters, mode)
  return (kind === 'directory' ? 'd' : '-') + special
}

/** Set-user-id, set-group-id and sticky take the place of the `x` in their triple; in capitals where there is no `x`. */
function withSpecialBits(letters: string, mode: number): string {
  const places = [
    { bit: 0o4000, at: 2, letter: 's' },
    { bit: 0o2000, at: 5, letter: 's' },
    { bit: 0o1000, at: 8, letter: 't' },
  ]
  const changed = letters.split('')
  for (const { bit, at, letter } of places)
    if ((mode & bit) !== 0) changed[at] = changed[at] === 'x' ? letter : letter.toUpperCase()
  return changed.join('')
}

function formatTime(time: Date, now: Date): string {
  const age = now.getTime() - time.getTime()
  const isRecent = age <= recentMilliseconds && age >= -aheadMilliseconds
  const day = `${months[time.getUTCMonth()]} ${`${time.getUTCDate()}`.padStart(2)}`
  if (!isRecent) return `${day} ${`${time.getUTCFullYear()}`.padStart(5)}`
  return `${day} ${twoDigits[time.getUTCHours()]}:${twoDigits[time.getUTCMinutes()]}`
}
