import assert from 'node:assert/strict'

/** One line of a transcript, and where it stands. */
export interface Step {
  readonly kind: 'C' | 'C>' | 'S' | 'D' | '*'
  readonly text: string
  readonly line: number
}

export interface Transcript {
  readonly title: string
  readonly settings: readonly (readonly [key: string, value: string])[]
  readonly steps: readonly Step[]
}

/** Reads a transcript file: transcripts/README.md. */
export function parseTranscripts(text: string): readonly Transcript[] {
  const common: [string, string][] = []
  const found: { title: string; settings: [string, string][]; steps: Step[] }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const last = found.at(-1)
    const at = `line ${index + 1}: ${line}`
    if (line.trim() === '' || line.startsWith('#')) continue
    const title = /^== (.+)$/.exec(line)?.[1]
    const setting = /^= ([a-z]+): (.*)$/.exec(line)
    const step = /^(C>|C:|S:|D:|\*) ?(.*)$/.exec(line)
    if (title !== undefined) found.push({ title, settings: [...common], steps: [] })
    else if (setting !== null) (last?.settings ?? common).push([setting[1] ?? '', setting[2] ?? ''])
    else if (step !== null && last !== undefined) {
      const kind = (step[1] ?? '').replace(':', '') as Step['kind']
      last.steps.push({ kind, text: step[2] ?? '', line: index + 1 })
    } else assert.fail(`not a transcript line, ${at}`)
  }
  return found
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }

/** `\r \n \t \0 \\ \xHH` to bytes; everything else in UTF-8. */
export function bytesOf(text: string): Buffer {
  const parts: Buffer[] = []
  for (const [, plain, hex, letter] of text.matchAll(/([^\\]+)|\\x([0-9A-Fa-f]{2})|\\(.)/gsu)) {
    if (plain !== undefined) parts.push(Buffer.from(plain))
    else if (hex !== undefined) parts.push(Buffer.from(hex, 'hex'))
    else parts.push(Buffer.from(escapes[letter ?? ''] ?? assert.fail(`unknown escape \\${letter}`)))
  }
  return Buffer.concat(parts)
}

/** Whether a line reads as the pattern says: `…` is any text. */
export function reads(line: string, pattern: string): boolean {
  const parts = bytesOf(pattern)
    .toString()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 'su').test(line)
}
