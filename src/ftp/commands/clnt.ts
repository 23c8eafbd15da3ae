import type { CommandContext } from '../session/context.ts'
import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** CLNT: the client's name, for the log. */
export const clnt = defineCommand({
  verb: 'CLNT',
  summary: 'Name the client program.',
  usage: 'name',
  source: 'de facto',
  access: 'open',
  argument: text,
  features: () => ['CLNT'],
  run(context, name) {
    noteClient(context, name)
    return context.say.noted()
  },
})

/** CSID: the same, with an answer in kind. draft-peterson-streamlined-ftp-command-extensions. */
export const csid = defineCommand({
  verb: 'CSID',
  summary: 'Name the client program and learn the server.',
  usage: 'Name=…; Version=…;',
  source: 'draft-peterson-streamlined',
  access: 'open',
  argument: text,
  features: () => ['CSID Name;Version;'],
  run(context, name) {
    noteClient(context, name)
    return context.say.serverName()
  },
})

function noteClient({ state, logger }: CommandContext, name: string): void {
  state.clientName = name.slice(0, 100)
  logger.debug('client', { client: state.clientName })
}
