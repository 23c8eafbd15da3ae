import { isGatewayError, toGatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { PendingWrite } from '../../files/file-tree.ts'
import type { CommandContext } from '../session/context.ts'
import { parseCombArgument } from '../wire/quoted-names.ts'
import { existingPath, resolveNewPath } from './arguments.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

interface Combination {
  readonly target: VirtualPath
  readonly parts: readonly VirtualPath[]
}

const combination: ArgumentParser<Combination> = (text, context) => {
  const parsed = text === null ? null : parseCombArgument(text)
  if (parsed === null) throw new SyntaxProblem()
  return {
    target: resolveNewPath(context, parsed.target),
    parts: parsed.parts.map((part) => existingPath(context, part)),
  }
}

/**
 * COMB: join parts into one file, behind what the target holds already. The target is published whole, then the parts go.
 * draft-peterson-streamlined-ftp-command-extensions.
 */
export const comb = defineCommand({
  verb: 'COMB',
  summary: 'Join files into one.',
  usage: '"target" "part" …',
  source: 'draft-peterson-streamlined',
  access: 'logged-in',
  argument: combination,
  features: () => ['COMB target;source_list'],
  async run(context, { target, parts }) {
    const { say, files, signal } = context
    for (const part of parts) await files.stat(part, { signal })
    const isExisting = await exists(context, target)
    const write = await files.prepareWrite(target, { mode: isExisting ? 'append' : 'store', signal })
    await join(context, write, parts)
    for (const part of parts) if (part !== target) await files.remove(part, { signal })
    return say.combined()
  },
})

async function exists({ files, signal }: CommandContext, path: VirtualPath): Promise<boolean> {
  try {
    await files.stat(path, { signal })
    return true
  } catch (error) {
    if (isGatewayError(error, 'not-found')) return false
    throw error
  }
}

async function join(
  { files, signal }: CommandContext,
  write: PendingWrite,
  parts: readonly VirtualPath[],
): Promise<void> {
  try {
    for (const part of parts) {
      const file = await files.read(part, { signal })
      try {
        await write.append(file.body, { signal })
      } finally {
        await file.close()
      }
    }
  } catch (error) {
    await write.settle('rejected')
    throw toGatewayError(error)
  }
  await write.settle('clean')
}
