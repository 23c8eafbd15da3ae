import { GatewayError, toGatewayError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { ReplyError } from '../session/reply-error.ts'
import type { ReplyProfile } from '../session/reply-profile.ts'
import type { Reply } from '../wire/reply.ts'
import type { Turn } from './turns.ts'

/** What stands in the way of a command before it has begun; null when nothing does. @throws GatewayError 'aborted'. */
export function refusalBefore(
  { command, verb, isInterrupted }: Turn,
  { say, namesUnknownVerbs }: ReplyProfile,
  isLoggedIn: boolean,
): Reply | null {
  if (command === null) return isLoggedIn || namesUnknownVerbs ? say.unknownCommand(verb) : say.loginFirst()
  if (command.access === 'logged-in' && !isLoggedIn) return say.loginFirst()
  if (isInterrupted) throw new GatewayError('aborted', 'Transfer aborted.')
  return null
}

export interface FailureServices {
  readonly profile: ReplyProfile
  readonly logger: Logger
}

/** The reply to what a command has thrown, and a line in the log where somebody has to know. Notes what ABOR has ended. */
export function refusalAfter(turn: Turn, error: unknown, { profile, logger }: FailureServices): Reply {
  if (error instanceof ReplyError) return error.reply
  const { verb, command } = turn
  const failure = toGatewayError(error)
  if (failure.code === 'internal') logger.error('command failed', { verb, error: failure.cause })
  else if (failure.cause !== undefined)
    logger.info('command refused', { verb, code: failure.code, error: failure.cause })
  if (failure.code === 'aborted' && turn.isInterrupted) {
    turn.wasInterrupted = true
    if (command?.usesData === true) return profile.say.transferAborted()
  }
  const isUpload = verb === 'STOR' || verb === 'APPE' || verb === 'STOU'
  return profile.failure(failure, command?.verb ?? verb, isUpload)
}
