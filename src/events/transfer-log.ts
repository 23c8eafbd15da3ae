import type { TransferEvent } from './transfer-event.ts'

/** Where lines go; never throws and never blocks. */
export interface LineSink {
  write(line: string): void
}

/** Tells each transfer in one line of xferlog. */
export function transferLog(lines: LineSink): (event: TransferEvent) => void {
  return (event) => lines.write(formatTransfer(event))
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const directions = { in: 'i', out: 'o', delete: 'd' } as const

/**
 * A line of xferlog as wu-ftpd wrote it (its manual page xferlog(5)), without a line end: time, seconds, host, bytes, name,
 * type, action, direction, access, user, service, authentication, its user id, completion. The time is the machine's own.
 */
export function formatTransfer(event: TransferEvent): string {
  return [
    formatTime(event.when),
    Math.max(1, Math.round(event.seconds)),
    oneWord(event.address),
    event.bytes,
    oneWord(event.path),
    event.mode === 'ascii' ? 'a' : 'b',
    '_',
    directions[event.direction],
    event.isAnonymous ? 'a' : 'r',
    oneWord(event.account),
    'ftp',
    '0',
    '*',
    event.isComplete ? 'c' : 'i',
  ].join(' ')
}

/** `Sat Nov 21 13:40:07 2026`, as ctime(3) has it. */
function formatTime(when: Date): string {
  const two = (value: number, fill: string) => String(value).padStart(2, fill)
  const clock = [when.getHours(), when.getMinutes(), when.getSeconds()].map((value) => two(value, '0')).join(':')
  return `${days[when.getDay()]} ${months[when.getMonth()]} ${two(when.getDate(), ' ')} ${clock} ${when.getFullYear()}`
}

/** Fields are told apart by spaces, and lines by line ends, so neither may stand in a name: `_` takes their place. */
function oneWord(text: string): string {
  return text.replaceAll(/[\s\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '_') || '_'
}
