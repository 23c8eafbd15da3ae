import type { ReadRange } from '../../files/file-tree.ts'
import type { CommandContext } from '../session/context.ts'
import { ReplyError } from '../session/reply-error.ts'
import { takeRange, takeRestart } from '../session/session-state.ts'
import { isConverting, sendFile, takeAgreement } from '../session/transfers.ts'
import { path } from './arguments.ts'
import { defineCommand } from './define.ts'

/** RETR: send a file. RFC 959, 4.1.3. The length in the 150 is the whole file's: wget, ftplib and .NET read it. */
export const retr = defineCommand({
  verb: 'RETR',
  summary: 'Send a file.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  usesData: true,
  argument: path,
  async *run(context, target) {
    const { state, say, files, signal } = context
    const range = takeReadRange(context)
    const agreement = takeAgreement(context)
    try {
      if ((range.start ?? 0) > 0 && isConverting(context)) throw new ReplyError(say.notInAscii())
      const file = await files.read(target, { ...range, signal })
      try {
        await agreement.reach?.(signal)
        yield say.sending(file.entry.name, isConverting(context) ? null : file.entry.bytes, state.type)
        const { bytes } = await sendFile(context, { verb: 'RETR', path: target, agreement }, file.body)
        yield say.sent(bytes)
      } finally {
        await file.close()
      }
    } finally {
      agreement.close()
    }
  },
})

/** What REST or RANG asked for; spent with this command. */
export function takeReadRange({ state }: CommandContext): ReadRange {
  const start = takeRestart(state)
  return takeRange(state) ?? (start > 0 ? { start } : {})
}
