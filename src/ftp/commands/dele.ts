import { path } from './arguments.ts'
import { defineCommand } from './define.ts'

/** DELE: remove a file. Patterns are names like any other. RFC 959, 4.1.3. */
export const dele = defineCommand({
  verb: 'DELE',
  summary: 'Remove a file.',
  usage: 'path',
  source: 'RFC 959',
  access: 'logged-in',
  argument: path,
  async run({ id, say, files, services, control, signal }, target) {
    await files.remove(target, { signal })
    const { name } = files.account
    services.reportRemoval({ sessionId: id, account: name, address: control.remoteAddress, path: target })
    return say.removed()
  },
})
