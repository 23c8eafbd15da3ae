import { isGatewayError } from '../../core/errors.ts'
import type { CommandContext } from '../session/context.ts'
import { ReplyError } from '../session/reply-error.ts'
import { parseCount } from '../wire/numbers.ts'
import type { Reply } from '../wire/reply.ts'
import { parseChmod, parseRestore, parseSite, type SiteCommand } from '../wire/site-arguments.ts'
import { parseSiteUtime } from '../wire/times.ts'
import { existingPath, resolveNewPath } from './arguments.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'
import { makeDirectory, removeDirectory } from './directory.ts'

interface SiteVerb {
  readonly usage: string
  /** Whether FEAT and SITE HELP name it: it is refused where it cannot be done. Left out: always. */
  isOffered?(context: CommandContext): boolean
  run(context: CommandContext, text: string | null): Promise<Reply> | Reply
}

const siteVerbs: Readonly<Record<string, SiteVerb>> = {
  CHMOD: {
    usage: 'CHMOD mode path',
    isOffered: ({ services }) => services.keepsModes,
    async run(context, text) {
      const change = parseChmod(text) ?? refuse(context, this.usage)
      try {
        await context.files.setMode(existingPath(context, change.path), change.mode, { signal: context.signal })
      } catch (error) {
        // lftp takes 502 for "not here"; with 550 its mirror would end in failure.
        if (isGatewayError(error, 'unsupported')) return context.say.noModes()
        throw error
      }
      return context.say.modeChanged()
    },
  },
  UTIME: {
    usage: 'UTIME time path',
    async run(context, text) {
      const timed = (text === null ? null : parseSiteUtime(text)) ?? refuse(context, this.usage)
      await context.files.setModified(existingPath(context, timed.path), timed.time, { signal: context.signal })
      return context.say.timesSet()
    },
  },
  MKDIR: {
    usage: 'MKDIR path',
    run(context, text) {
      return makeDirectory(context, resolveNewPath(context, text ?? refuse(context, this.usage)))
    },
  },
  RMDIR: {
    usage: 'RMDIR path',
    run(context, text) {
      return removeDirectory(context, existingPath(context, text ?? refuse(context, this.usage)))
    },
  },
  CPFR: {
    usage: 'CPFR path',
    async run(context, text) {
      const source = existingPath(context, text ?? refuse(context, this.usage))
      // Opening it proves that it is a file and may be read.
      await (await context.files.read(source, { end: 0, signal: context.signal })).close()
      context.state.copyFrom = source
      return context.say.copyFrom()
    },
  },
  CPTO: {
    usage: 'CPTO path',
    async run(context, text) {
      const from = context.state.copyFrom
      context.state.copyFrom = null
      const target = resolveNewPath(context, text ?? refuse(context, this.usage))
      if (from === null) return context.say.copyFromFirst()
      await context.files.copy(from, target, { signal: context.signal })
      return context.say.copied()
    },
  },
  RESTORE: {
    usage: 'RESTORE path [days]',
    isOffered: ({ services }) => services.canRestore,
    async run(context, text) {
      const { path, days } = parseRestore(text) ?? refuse(context, this.usage)
      const options = { signal: context.signal, ...(days !== null && { days }) }
      return context.say.restored(await context.files.restore(existingPath(context, path), options))
    },
  },
  IDLE: {
    usage: 'IDLE [seconds]',
    run({ state, say, services, control }, text) {
      const longest = Math.floor(services.limits().idleTimeout / 1000)
      if (text !== null) {
        const seconds = parseCount(text)
        if (seconds === null || seconds < 1) throw new ReplyError(say.syntax(`SITE ${this.usage}`))
        state.idleMilliseconds = Math.min(seconds, longest) * 1000
        control.setIdleMilliseconds(state.idleMilliseconds)
      }
      return say.siteIdle(state.idleMilliseconds === null ? longest : state.idleMilliseconds / 1000)
    },
  },
  HELP: {
    usage: 'HELP',
    run(context) {
      return context.say.siteHelp(offered(context).map(([, { usage }]) => ` ${usage}`))
    },
  },
}

function offered(context: CommandContext): readonly (readonly [verb: string, SiteVerb])[] {
  return Object.entries(siteVerbs).filter(([, { isOffered }]) => isOffered?.(context) ?? true)
}

/** Known elsewhere, and dangerous: never run. */
const refusedVerbs = new Set(['SYMLINK', 'EXEC', 'UMASK', 'CHOWN', 'CHGRP', 'PSWD'])

const siteCommand: ArgumentParser<SiteCommand> = (text) => {
  const parsed = parseSite(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

/** SITE: what is special to this server. RFC 959, 4.1.3. */
export const site = defineCommand({
  verb: 'SITE',
  summary: 'Commands special to this server; see SITE HELP.',
  usage: 'command',
  source: 'RFC 959',
  access: 'logged-in',
  keepsRename: true,
  argument: siteCommand,
  features(context) {
    const named = offered(context).filter(([verb]) => verb !== 'HELP')
    return [`SITE ${named.map(([verb]) => verb).toSorted().join(';')}`] // prettier-ignore
  },
  run(context, { verb, text }) {
    context.state.renameFrom = null
    if (verb !== 'CPTO') context.state.copyFrom = null
    const siteVerb = Object.hasOwn(siteVerbs, verb) ? siteVerbs[verb] : undefined
    if (siteVerb !== undefined) return Promise.resolve(siteVerb.run(context, text))
    return refusedVerbs.has(verb) ? context.say.siteRefused(verb) : context.say.siteUnknown()
  },
})

function refuse({ say }: CommandContext, usage: string): never {
  throw new ReplyError(say.syntax(`SITE ${usage}`))
}
