import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { childPath, type VirtualPath } from '../../core/paths.ts'
import type { TreeEntry } from '../../files/file-tree.ts'
import type { CommandContext } from './context.ts'

/**
 * LIST -R: a plain block for the folder, then for each folder below it an empty line, `path:`, and its lines. Bounded in
 * depth and entries; cut short it throws, so that nobody takes a part for the whole.
 */
export async function* recursiveLines(
  context: CommandContext,
  folder: VirtualPath,
  pages: AsyncIterable<readonly TreeEntry[]>,
  format: (entry: TreeEntry) => string,
): AsyncGenerator<string> {
  const { recursionDepth, recursionEntries } = context.services.limits()
  const folders: { readonly path: VirtualPath; readonly depth: number }[] = []
  let entries = 0
  yield* block(folder, 0, pages)
  for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
    const below = await pagesOf(context, next.path)
    if (below === null) continue
    yield `\r\n${next.path}:\r\n`
    yield* block(next.path, next.depth, below)
  }

  async function* block(
    path: VirtualPath,
    depth: number,
    pages: AsyncIterable<readonly TreeEntry[]>,
  ): AsyncGenerator<string> {
    for await (const page of pages) {
      entries += page.length
      const below = page.filter(({ kind }) => kind === 'directory')
      if (entries > recursionEntries || (below.length > 0 && depth >= recursionDepth))
        throw new GatewayError('unavailable', 'Too much for one recursive listing.')
      for (const { name } of below) folders.push({ path: childPath(path, name), depth: depth + 1 })
      yield page.map((entry) => `${format(entry)}\r\n`).join('')
    }
  }
}

/** A folder that went away in the meantime is left out. */
async function pagesOf(
  { files, signal }: CommandContext,
  path: VirtualPath,
): Promise<AsyncIterable<readonly TreeEntry[]> | null> {
  try {
    return (await files.list(path, { signal })).pages
  } catch (error) {
    if (isGatewayError(error, 'not-found', 'not-directory')) return null
    throw error
  }
}
