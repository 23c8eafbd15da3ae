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
  async run({ state, say, files, signal }, target) {
    const from = state.renameFrom
    state.renameFrom = null
    if (from === null) return say.renameFromFirst()
    await files.rename(from, target, { signal })
    return say.renamed()
  },
})
