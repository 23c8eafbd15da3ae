import type { GatewayError } from '../../core/errors.ts'
import type { Reply } from '../wire/reply.ts'
import { failureReply } from './failure-replies.ts'
import { standardOccasions, type Occasions } from './occasions.ts'
import { vsftpdFailure, vsftpdOccasions } from './vsftpd.ts'

/** All texts of one dialect. */
export interface ReplyProfile {
  readonly say: Occasions
  /** The reply for an error that ended `verb`. */
  failure(error: GatewayError, verb: string, isUpload: boolean): Reply
  /** Whether an unknown verb is told apart from one that needs a login, before login. */
  readonly namesUnknownVerbs: boolean
}

const standard: ReplyProfile = { say: standardOccasions, failure: failureReply, namesUnknownVerbs: true }

const vsftpd: ReplyProfile = {
  say: { ...standardOccasions, ...vsftpdOccasions },
  failure: (error, verb, isUpload) => vsftpdFailure(error, verb, isUpload) ?? failureReply(error),
  namesUnknownVerbs: false,
}

/** The profile behind the listener option `replies`. */
export const replyProfiles: Readonly<Record<'standard' | 'vsftpd', ReplyProfile>> = { standard, vsftpd }
