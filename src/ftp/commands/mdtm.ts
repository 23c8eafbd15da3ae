import { isGatewayError } from '../../core/errors.ts'
import type { CommandContext } from '../session/context.ts'
import { ReplyError } from '../session/reply-error.ts'
import { formatTimestamp, parseMdtmArgument, parseMfmt, type MdtmArgument } from '../wire/times.ts'
import type { Reply } from '../wire/reply.ts'
import { existingPath, text } from './arguments.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const mdtmArgument: ArgumentParser<MdtmArgument> = (argument, context, raw) =>
  parseMdtmArgument(text(argument, context, raw))

/** MDTM: when a file was last changed, in UTC. RFC 3659 §3. With a time in front it sets it, as many clients do. */
export const mdtm = defineCommand({
  verb: 'MDTM',
  summary: 'Tell (or set) when a file was changed.',
  usage: '[time] path',
  source: 'RFC 3659',
  access: 'logged-in',
  argument: mdtmArgument,
  features: () => ['MDTM'],
  async run(context, { path, setting }) {
    try {
      return await tell(context, path)
    } catch (error) {
      if (setting === null || !isGatewayError(error, 'not-found')) throw error
    }
    if (setting.time === null) throw new ReplyError(context.say.syntax('MDTM [YYYYMMDDHHMMSS] path'))
    return await setTime(context, setting.path, setting.time)
  },
})

async function setTime(context: CommandContext, name: string, time: Date): Promise<Reply> {
  try {
    await context.files.setModified(existingPath(context, name), time, { signal: context.signal })
    return context.say.modifiedSet()
  } catch (error) {
    if (!isGatewayError(error, 'not-found')) throw error
    throw new ReplyError(context.say.modifiedNotSet(error.message))
  }
}

async function tell(context: CommandContext, name: string): Promise<Reply> {
  const path = existingPath(context, name)
  const { modified } = await context.files.stat(path, { signal: context.signal })
  return modified === null ? context.say.modifiedUnknown(path) : context.say.modified(formatTimestamp(modified))
}

/** MFMT: set when a file was last changed. draft-somers-ftp-mfxx §3. */
export const mfmt = defineCommand({
  verb: 'MFMT',
  summary: 'Set when a file was changed.',
  usage: 'YYYYMMDDHHMMSS path',
  source: 'draft-somers-ftp-mfxx',
  access: 'logged-in',
  argument: (text) => {
    const parsed = text === null ? null : parseMfmt(text)
    if (parsed === null) throw new SyntaxProblem()
    return parsed
  },
  features: () => ['MFMT'],
  async run(context, { time, path }) {
    await context.files.setModified(existingPath(context, path), time, { signal: context.signal })
    return context.say.factsSet(`Modify=${formatTimestamp(time)};`, path)
  },
})
