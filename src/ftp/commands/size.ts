import { isConverting } from '../session/transfers.ts'
import { path } from './arguments.ts'
import { defineCommand } from './define.ts'

/** SIZE: what RETR would send, in bytes; not told where TYPE A would change the count. RFC 3659 §4. */
export const size = defineCommand({
  verb: 'SIZE',
  summary: 'Tell the length of a file.',
  usage: 'path',
  source: 'RFC 3659',
  access: 'logged-in',
  argument: path,
  features: () => ['SIZE'],
  async run(context, target) {
    const bytes = await context.files.size(target, { signal: context.signal })
    return isConverting(context) ? context.say.sizeInAscii() : context.say.size(bytes)
  },
})
