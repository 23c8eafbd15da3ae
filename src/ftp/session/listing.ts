import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { baseName, parentPath, type VirtualPath } from '../../core/paths.ts'
import type { TreeEntry } from '../../files/file-tree.ts'
import { compilePattern, hasPattern } from '../wire/glob.ts'
import type { CommandContext } from './context.ts'

/** What LIST, NLST and STAT are to show. */
export interface Listed {
  /** The folder whose entries these are; null when it is one file, asked for by its own name. */
  readonly folder: VirtualPath | null
  readonly pages: AsyncIterable<readonly TreeEntry[]>
}

/**
 * Finds what a path means to a listing command: a folder, a file, or a pattern in its last segment, the literal name
 * first. What can be refused is refused here, before 150. @throws GatewayError 'not-found', 'permission-denied'.
 */
export async function openListing(context: CommandContext, path: VirtualPath): Promise<Listed> {
  const { files, signal } = context
  try {
    const { pages } = await files.list(path, { signal })
    return { folder: path, pages }
  } catch (error) {
    if (isGatewayError(error, 'not-directory')) return await openFile(context, path)
    if (!isGatewayError(error, 'not-found') || !hasPattern(baseName(path))) throw error
  }
  const folder = parentPath(path)
  const { pages } = await files.list(folder, { signal })
  return { folder, pages: matching(pages, baseName(path)) }
}

async function openFile({ files, signal }: CommandContext, path: VirtualPath): Promise<Listed> {
  const entry = await files.stat(path, { signal })
  if (!files.account.permissions.has('list')) throw new GatewayError('permission-denied', `${path} may not be listed.`)
  return { folder: null, pages: single(entry) }
}

async function* single(entry: TreeEntry): AsyncGenerator<readonly TreeEntry[]> {
  yield [entry]
}

async function* matching(
  pages: AsyncIterable<readonly TreeEntry[]>,
  pattern: string,
): AsyncGenerator<readonly TreeEntry[]> {
  const matches = compilePattern(pattern)
  for await (const page of pages) yield page.filter(({ name }) => matches(name))
}
