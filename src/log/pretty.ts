import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const levels: Readonly<Record<string, { readonly word: string; readonly style: Style }>> = {
  debug: { word: 'debug', style: 'gray' },
  info: { word: 'info ', style: 'cyan' },
  warn: { word: 'warn ', style: 'yellow' },
  error: { word: 'error', style: 'red' },
}

/** Turns the JSON of a log line into one for people: `13:40:07 info  Listening. address=:: port=2121`. */
export function prettyLine(json: string, { isColoured }: { readonly isColoured: boolean }): string {
  const paint = (style: Style, text: string) => (isColoured ? styleText(style, text, { validateStream: false }) : text)
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const { word, style } = levels[String(level)] ?? { word: String(level), style: 'white' }
  const facts = Object.entries(fields).map(([key, value]) => ` ${paint('gray', `${printable(key)}=`)}${shown(value)}`)
  return `${paint('gray', String(time).slice(11, 19))} ${paint(style, word)} ${printable(String(msg))}${facts.join('')}`
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) || typeof value !== 'string' ? printable(text) : printable(JSON.stringify(text))
}

/** A terminal must not obey what a client has written. */
function printable(text: string): string {
  return text.replaceAll(
    /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
