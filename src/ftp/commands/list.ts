import type { VirtualPath } from '../../core/paths.ts'
import { isGatewayError } from '../../core/errors.ts'
import type { FileTree, TreeEntry } from '../../files/file-tree.ts'
import type { CommandContext } from '../session/context.ts'
import { openListing } from '../session/listing.ts'
import { recursiveLines } from '../session/recursive-listing.ts'
import { ReplyError } from '../session/reply-error.ts'
import { sendBody, takeAgreement } from '../session/transfers.ts'
import { formatFacts } from '../wire/facts.ts'
import { parseListArgument } from '../wire/list-arguments.ts'
import { formatListLine } from '../wire/list-lines.ts'
import type { Reply } from '../wire/reply.ts'
import { existingPath, optionalPath } from './arguments.ts'
import { defineCommand, type ArgumentParser } from './define.ts'

interface ListTarget {
  readonly path: VirtualPath
  /** As the client wrote it, for NLST. */
  readonly typed: string | null
  readonly isRecursive: boolean
}

const listTarget: ArgumentParser<ListTarget> = (text, context) => {
  const { path, isRecursive } = parseListArgument(text)
  return { path: path === null ? context.state.cwd : existingPath(context, path), typed: path, isRecursive }
}

/** LIST: a folder as `ls -l` would show it. RFC 959, 4.1.3. */
export const list = defineCommand({
  verb: 'LIST',
  summary: 'List a folder in the form of ls -l.',
  usage: '[path]',
  source: 'RFC 959',
  access: 'logged-in',
  usesData: true,
  argument: listTarget,
  features: () => ['TVFS'],
  run: (context, { path, isRecursive }) =>
    listing(context, { verb: 'LIST', path }, async () => {
      const { folder, pages } = await openListing(context, path)
      const { clock, startedAt } = context.services
      const now = clock.now()
      const format = (entry: TreeEntry) => formatListLine(entry, now, startedAt)
      return isRecursive && folder !== null
        ? { lines: recursiveLines(context, folder, pages, format) }
        : { pages, format }
    }),
})

/** NLST: names alone, with the path as typed in front, so that each can be given to RETR. RFC 959, 4.1.3; RFC 1123 §4.1.2.7. */
export const nlst = defineCommand({
  verb: 'NLST',
  summary: 'List the names in a folder.',
  usage: '[path]',
  source: 'RFC 959',
  access: 'logged-in',
  usesData: true,
  argument: listTarget,
  run: (context, { path, typed }) =>
    listing(context, { verb: 'NLST', path }, async () => {
      const { folder, pages } = await openListing(context, path)
      if (folder === null) return { pages, format: () => typed ?? '' }
      const prefix = namePrefix(typed, folder === path)
      return { pages, format: ({ name }) => prefix + name }
    }),
})

/** What stands in front of each name: the folder as typed, or that part of a pattern's path. Nothing for `.`: PHP scripts ask so. */
function namePrefix(typed: string | null, isFolder: boolean): string {
  if (typed === null || typed === '.') return ''
  if (!isFolder) return typed.slice(0, typed.lastIndexOf('/') + 1)
  return typed.endsWith('/') ? typed : `${typed}/`
}

/** MLSD: a folder with facts that programs can read. RFC 3659 §7. */
export const mlsd = defineCommand({
  verb: 'MLSD',
  summary: 'List a folder in machine-readable form.',
  usage: '[path]',
  source: 'RFC 3659',
  access: 'logged-in',
  usesData: true,
  argument: optionalPath,
  run: (context, path) =>
    listing(context, { verb: 'MLSD', path }, async () => {
      const { entry, pages } = await openFolder(context, path)
      const { facts } = context.state
      const self = formatFacts({ ...entry, type: 'cdir', name: '.' }, facts)
      const format = (entry: TreeEntry) =>
        formatFacts({ ...entry, type: entry.kind === 'file' ? 'file' : 'dir', name: entry.name }, facts)
      return { pages, format, first: self }
    }),
})

/** MLSD lists no file: 501, for the argument is of the wrong kind. RFC 3659 §7.2.1. */
async function openFolder({ files, signal, say }: CommandContext, path: VirtualPath): ReturnType<FileTree['list']> {
  try {
    return await files.list(path, { signal })
  } catch (error) {
    if (!isGatewayError(error, 'not-directory')) throw error
    await files.stat(path, { signal })
    throw new ReplyError(say.syntax('MLSD [path of a folder]'))
  }
}

type Source =
  | {
      readonly pages: AsyncIterable<readonly TreeEntry[]>
      readonly format: (entry: TreeEntry) => string
      readonly first?: string
    }
  | { readonly lines: AsyncIterable<string> }

/** The way of every listing: refuse first, 150, lines page by page, 226. */
async function* listing(
  context: CommandContext,
  facts: { readonly verb: string; readonly path: VirtualPath },
  open: () => Promise<Source>,
): AsyncGenerator<Reply> {
  const { state, say } = context
  state.restart = 0
  const agreement = takeAgreement(context)
  const tally = { entries: 0 }
  try {
    const source = await open()
    await agreement.reach?.(context.signal)
    yield say.listing()
    await sendBody(context, { ...facts, agreement }, encoded(context, source, tally))
    yield say.listed(tally.entries)
  } finally {
    agreement.close()
  }
}

async function* encoded(
  context: CommandContext,
  source: Source,
  tally: { entries: number },
): AsyncGenerator<Uint8Array> {
  const { encode } = context.codec
  if ('lines' in source) {
    for await (const text of source.lines) {
      tally.entries += text.split('\n').length - 1
      yield encode(text)
    }
    return
  }
  if (source.first !== undefined) yield encode(`${source.first}\r\n`)
  for await (const page of source.pages) {
    tally.entries += page.length
    let text = ''
    for (const entry of page) text += `${source.format(entry)}\r\n`
    if (text !== '') yield encode(text)
  }
}
