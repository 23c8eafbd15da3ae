import { GatewayError, isGatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { HashAlgorithm, HashResult } from '../../files/file-tree.ts'
import type { CommandContext } from '../session/context.ts'
import { ReplyError } from '../session/reply-error.ts'
import { takeRange } from '../session/session-state.ts'
import { parseChecksumArgument, type ChecksumReading } from '../wire/quoted-names.ts'
import { existingPath, path, text } from './arguments.ts'
import { defineCommand, type Command } from './define.ts'

/** In the order FEAT names them. */
const hashAlgorithms: readonly HashAlgorithm[] = ['SHA-256', 'SHA-512', 'SHA-1', 'MD5', 'CRC32']
/** What stores know of every file without reading it. */
const storeChecksums: readonly HashAlgorithm[] = ['CRC64NVME', 'CRC64ECMA']

/** Those of the stores only where there is such a store. */
function offered({ services }: Pick<CommandContext, 'services'>): readonly HashAlgorithm[] {
  return [...hashAlgorithms, ...storeChecksums.filter((name) => services.storeChecksums.has(name))]
}

/** The algorithm of this name, in upper case; null for others. */
export function findAlgorithm(context: Pick<CommandContext, 'services'>, name: string): HashAlgorithm | null {
  return offered(context).find((algorithm) => algorithm === name) ?? null
}

/** HASH: the hash of a file, or of the part that RANG chose. draft-bryan-ftpext-hash. */
export const hash = defineCommand({
  verb: 'HASH',
  summary: 'Tell the hash of a file.',
  usage: 'path',
  source: 'draft-bryan-ftpext-hash',
  access: 'logged-in',
  argument: (argument, context, raw) => ({
    target: path(argument, context, raw),
    name: text(argument, context, raw),
  }),
  features: ({ state, services }) => [
    `HASH ${offered({ services })
      .map((name) => (name === state.hashAlgorithm ? `${name}*` : name))
      .join(';')}`,
  ],
  async run({ state, say, files, signal }, { target, name }) {
    const algorithm = state.hashAlgorithm
    const { hex, start, end } = await files.hash(target, algorithm, { ...takeRange(state), signal })
    return say.hash(`${algorithm} ${start}-${end} ${hex} ${name}`)
  },
})

/** XCRC and its like: the hash alone, since WinSCP takes the whole text for it. */
const checksum = (verb: string, algorithm: HashAlgorithm): Command =>
  defineCommand({
    verb,
    summary: `Tell the ${algorithm} of a file.`,
    usage: 'path [start [end]]',
    source: 'de facto',
    access: 'logged-in',
    argument: text,
    features: () => [`${verb} filename;start;end`],
    async run(context, text) {
      const { hex } = await hashOfFirst(context, algorithm, parseChecksumArgument(text))
      return context.say.checksum(algorithm === 'CRC32' ? hex.toUpperCase() : hex)
    },
  })

export const xcrc = checksum('XCRC', 'CRC32')
export const xmd5 = checksum('XMD5', 'MD5')
export const xsha = checksum('XSHA', 'SHA-1')
export const xsha1 = checksum('XSHA1', 'SHA-1')
export const xsha256 = checksum('XSHA256', 'SHA-256')
export const xsha512 = checksum('XSHA512', 'SHA-512')

/** The argument can be read in several ways: the first that names a file counts. */
async function hashOfFirst(
  context: CommandContext,
  algorithm: HashAlgorithm,
  readings: readonly ChecksumReading[],
): Promise<HashResult> {
  let failure: unknown = new GatewayError('not-found', 'No such file.')
  for (const reading of readings) {
    try {
      return await hashOf(context, algorithm, reading)
    } catch (error) {
      if (!isGatewayError(error, 'not-found')) throw error
      failure = error
    }
  }
  throw failure
}

async function hashOf(
  context: CommandContext,
  algorithm: HashAlgorithm,
  { name, start, end }: ChecksumReading,
): Promise<HashResult> {
  const target: VirtualPath = existingPath(context, name)
  const range = { start, ...(end === null ? {} : { end }) }
  const isRange = start !== 0 || end !== null
  if (isRange) {
    const { bytes } = await context.files.stat(target, { signal: context.signal })
    const isWithinFile = start <= bytes && (end === null || (end >= start && end <= bytes))
    if (!isWithinFile) throw new ReplyError(context.say.refusedLine(501, 'That range is not in the file.'))
  }
  return await context.files.hash(target, algorithm, { ...range, signal: context.signal })
}
