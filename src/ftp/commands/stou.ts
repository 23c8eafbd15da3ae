import { GatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import { resolveNewPath } from './arguments.ts'
import { defineCommand, type ArgumentParser } from './define.ts'
import { upload } from './stor.ts'

/** A folder and the stem of a name; without one, the folder the session is in. */
const stem: ArgumentParser<VirtualPath> = (text, context) => resolveNewPath(context, text ?? '')

/** STOU: store under a name that is free, told in the 150. RFC 959, 4.1.3; RFC 1123 §4.1.2.9. */
export const stou = defineCommand({
  verb: 'STOU',
  summary: 'Store a file under a name of its own.',
  usage: '[path]',
  source: 'RFC 959',
  access: 'logged-in',
  usesData: true,
  argument: stem,
  run(context, target) {
    if (context.state.restart > 0) {
      context.state.restart = 0
      context.state.agreement?.close()
      context.state.agreement = null
      throw new GatewayError('invalid-restart', 'A new name has nothing to go on from.')
    }
    return upload(context, { verb: 'STOU', target, mode: 'unique' })
  },
})
