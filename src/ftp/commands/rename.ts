import { watched } from '../session/long-work.ts'
import { newPath, path } from './arguments.ts'
import { defineCommand } from './define.ts'

/** RNFR: what is to be renamed; RNTO must follow directly. RFC 959, 4.1.3. */
export const rnfr = defineCommand({
  verb: 'RNFR',
  summary: 'Name what is to be renamed.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  argument: path,
  async run({ state, say, files, signal }, target) {
    await files.prepareRename(target, { signal })
    state.renameFrom = target
    return say.renameFrom()
  },
})

/** RNTO: its new name. A file in the way is replaced, where the account may overwrite. RFC 959, 4.1.3. */
export const rnto = defineCommand({
  verb: 'RNTO',
  summary: 'Rename what RNFR named.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  keepsRename: true,
  argument: newPath,
  async run(context, target) {
    const { state, say, files, signal } = context
    const from = state.renameFrom
    state.renameFrom = null
    if (from === null) return say.renameFromFirst()
    await watched(context, { path: from, to: target }, (progress) => files.rename(from, target, { signal, progress }))
    return say.renamed()
  },
})
