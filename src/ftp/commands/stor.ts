import type { VirtualPath } from '../../core/paths.ts'
import type { WriteOptions } from '../../files/file-tree.ts'
import type { CommandContext } from '../session/context.ts'
import { ReplyError } from '../session/reply-error.ts'
import { takeRange, takeRestart } from '../session/session-state.ts'
import { isConverting, receiveUpload, takeAgreement } from '../session/transfers.ts'
import type { Reply } from '../wire/reply.ts'
import { newFilePath } from './arguments.ts'
import { defineCommand } from './define.ts'

/** STOR: store a file, replacing any of that name; from REST on, what is in front stays. RFC 959, 4.1.3; RFC 3659 §5. */
export const stor = defineCommand({
  verb: 'STOR',
  summary: 'Store a file.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  usesData: true,
  argument: newFilePath,
  run: (context, target) => upload(context, { verb: 'STOR', target, mode: 'store' }),
})

/** APPE: add to a file, or make it. After REST it does as STOR does. RFC 959, 4.1.3; RFC 3659 §5. */
export const appe = defineCommand({
  verb: 'APPE',
  summary: 'Append to a file.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  usesData: true,
  argument: newFilePath,
  run: (context, target) =>
    upload(context, { verb: 'APPE', target, mode: context.state.restart > 0 ? 'store' : 'append' }),
})

interface Upload {
  readonly verb: string
  readonly target: VirtualPath
  readonly mode: WriteOptions['mode']
}

/** The way of every upload: refuse first, 150, the bytes, the verdict, 226. */
export async function* upload(context: CommandContext, { verb, target, mode }: Upload): AsyncGenerator<Reply> {
  const { state, say, files, signal } = context
  const start = takeRestart(state)
  const hasRange = takeRange(state) !== null
  const declaredBytes = state.declaredBytes
  state.declaredBytes = null
  const agreement = takeAgreement(context)
  try {
    if (hasRange) throw new ReplyError(say.syntax(`${verb} path (without RANG)`))
    if (start > 0 && isConverting(context)) throw new ReplyError(say.notInAscii())
    const write = await files.prepareWrite(target, { mode, start, declaredBytes, signal })
    let isSettled = false
    try {
      await agreement.reach?.(signal)
      yield mode === 'unique' ? say.receivingUnique(write.path.slice(write.path.lastIndexOf('/') + 1)) : say.receiving()
      isSettled = true
      const stored = await receiveUpload(context, { verb, path: write.path, agreement }, write)
      yield say.stored(stored)
    } finally {
      // The session may end while the 150 is on its way.
      if (!isSettled) await write.settle('cut')
    }
  } finally {
    agreement.close()
  }
}
