import type { TreeEntry } from '../../files/file-tree.ts'
import type { CommandContext } from '../session/context.ts'
import { openListing } from '../session/listing.ts'
import { workText } from '../session/long-work.ts'
import { formatListLine } from '../wire/list-lines.ts'
import { parseListArgument } from '../wire/list-arguments.ts'
import { existingPath, optionalText } from './arguments.ts'
import { defineCommand } from './define.ts'

/** STAT: how the session stands; with a path, a listing on the control connection. RFC 959, 4.1.3. */
export const stat = defineCommand({
  verb: 'STAT',
  summary: 'Tell the status, or list a path on the control connection.',
  usage: '[path]',
  source: 'RFC 959',
  access: 'logged-in',
  turn: 'immediate',
  argument: optionalText,
  async run(context, text) {
    if (text === null) return context.say.status(statusLines(context))
    const { path } = parseListArgument(text)
    const target = path === null ? context.state.cwd : existingPath(context, path)
    const { folder, pages } = await openListing(context, target)
    return context.say.pathStatus(folder === null ? 'file' : 'directory', target, await listLines(context, pages))
  },
})

function statusLines({ state, control, services }: CommandContext): readonly string[] {
  const { transfer, work } = state
  const seconds = transfer === null ? 0 : (services.clock.monotonic() - transfer.startedAt) / 1000
  return [
    ` Connected to ${control.localAddress} from ${control.remoteAddress}.`,
    ` Logged in as ${state.account?.name ?? ''}.`,
    ` TYPE ${state.type}, MODE ${state.mode}, STRU F.`,
    ` Control connection ${control.isSecure() ? 'protected by TLS' : 'in clear'}, data ${state.protection === 'P' ? 'protected' : 'in clear'}.`,
    ...(work === null ? [] : [` ${workText(work)}`]),
    transfer === null
      ? ' No transfer is running.'
      : ` ${transfer.verb} ${transfer.path}: ${transfer.direction} of ${transfer.bytes} bytes so far, ${seconds.toFixed(1)} s.`,
  ]
}

/** A reply is not a stream: a longer folder ends with a line that says so. */
async function listLines(
  { services }: CommandContext,
  pages: AsyncIterable<readonly TreeEntry[]>,
): Promise<readonly string[]> {
  const limit = services.limits().statEntries
  const { clock, startedAt } = services
  const now = clock.now()
  const lines: string[] = []
  for await (const page of pages) {
    for (const entry of page) {
      if (lines.length === limit) return [...lines, ` The list is cut after ${limit} entries; use LIST.`]
      lines.push(formatListLine(entry, now, startedAt))
    }
  }
  return lines
}
