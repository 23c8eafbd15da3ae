import type { Reply } from '../wire/reply.ts'

/** Ends a command with this very reply. For refusals that are about FTP itself; everything else is a GatewayError. */
export class ReplyError extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super(`${reply.code} ${reply.lines.at(-1)}`)
    this.name = 'ReplyError'
    this.reply = reply
  }
}
