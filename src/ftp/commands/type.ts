import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** TYPE: text (A) or bytes (I, L 8). RFC 959, 3.1.1. */
export const type = defineCommand({
  verb: 'TYPE',
  summary: 'Transfer text (A) or bytes (I).',
  usage: 'A | I',
  source: 'RFC 959',
  access: 'logged-in',
  argument: text,
  run({ state, say }, text) {
    const wanted = text.trim().toUpperCase()
    if (/^A( N)?$/.test(wanted)) state.type = 'A'
    else if (/^(I|L 8)$/.test(wanted)) state.type = 'I'
    else return say.typeUnknown()
    return say.type(state.type)
  },
})
