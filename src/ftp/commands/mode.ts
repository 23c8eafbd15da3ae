import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** MODE: a plain stream (S), or one zlib stream (Z). RFC 959, 3.4; draft-preston-ftpext-deflate. */
export const mode = defineCommand({
  verb: 'MODE',
  summary: 'Transfer as it is (S) or deflated (Z).',
  usage: 'S | Z',
  source: 'RFC 959',
  access: 'logged-in',
  argument: text,
  features: () => ['MODE Z'],
  run({ state, say }, text) {
    const wanted = text.trim().toUpperCase()
    if (wanted !== 'S' && wanted !== 'Z') return say.modeUnknown()
    state.mode = wanted
    return say.mode(wanted)
  },
})
