import type { CommandContext } from '../session/context.ts'
import type { Reply } from '../wire/reply.ts'
import { ignored, newPath, path } from './arguments.ts'
import { defineCommand } from './define.ts'
import { watched } from '../session/long-work.ts'
import { parentPath, type VirtualPath } from '../../core/paths.ts'

/** CWD: go to a folder. RFC 959, 4.1.1; XCWD: RFC 775. */
export const cwd = defineCommand({
  verb: 'CWD',
  aliases: ['XCWD'],
  summary: 'Go to a folder.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  argument: path,
  run: (context, target) => enter(context, 'CWD', target),
})

/**
 * CDUP: go to the folder above; the root is above itself. 200, as RFC 959 §5.4 lists it, not 250, which clients would take as
 * well, but for one: PHP's `ftp_cdup` calls 200 a failure, the folder having changed. With `replies: vsftpd` it is 250.
 */
export const cdup = defineCommand({
  verb: 'CDUP',
  aliases: ['XCUP'],
  summary: 'Go to the folder above.',
  usage: '',
  source: 'RFC 959',
  access: 'logged-in',
  argument: ignored,
  run: (context) => enter(context, 'CDUP', parentPath(context.state.cwd)),
})

async function enter({ state, say, files, signal }: CommandContext, verb: string, target: VirtualPath): Promise<Reply> {
  await files.enter(target, { signal })
  state.cwd = target
  return say.directoryChanged(verb)
}

/** PWD: where the session is. .NET, curl and wget cut the path out of the quotes. RFC 959, 4.1.3. */
export const pwd = defineCommand({
  verb: 'PWD',
  aliases: ['XPWD'],
  summary: 'Tell the current folder.',
  usage: '',
  source: 'RFC 959',
  access: 'logged-in',
  argument: ignored,
  run: ({ state, say }) => say.directory(state.cwd),
})

/** MKD: make a folder. RFC 959, 4.1.3. */
export const mkd = defineCommand({
  verb: 'MKD',
  aliases: ['XMKD'],
  summary: 'Make a folder.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  argument: newPath,
  run: makeDirectory,
})

/** Makes a folder and tells its path: MKD and SITE MKDIR. */
export async function makeDirectory({ say, files, signal }: CommandContext, target: VirtualPath): Promise<Reply> {
  await files.makeDirectory(target, { signal })
  return say.directoryMade(target)
}

/** RMD: remove an empty folder. RFC 959, 4.1.3. */
export const rmd = defineCommand({
  verb: 'RMD',
  aliases: ['XRMD'],
  summary: 'Remove an empty folder.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  argument: path,
  run: removeDirectory,
})

/** Removes an empty folder: RMD and SITE RMDIR. */
export async function removeDirectory({ say, files, signal }: CommandContext, target: VirtualPath): Promise<Reply> {
  await files.removeDirectory(target, { signal })
  return say.directoryRemoved()
}

/** RMDA: remove a folder with all it holds. draft-peterson-streamlined-ftp-command-extensions. */
export const rmda = defineCommand({
  verb: 'RMDA',
  summary: 'Remove a folder with all it holds.',
  usage: 'path',
  source: 'draft-peterson-streamlined',
  access: 'logged-in',
  argument: path,
  features: () => ['RMDA path'],
  async run(context, target) {
    const { say, files, signal } = context
    const { done } = await watched(context, { path: target, to: null }, (progress) =>
      files.removeTree(target, { signal, progress }),
    )
    return say.treeRemoved(done)
  },
})
