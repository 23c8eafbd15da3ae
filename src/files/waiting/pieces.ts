import { joinKeys, type ObjectKey } from '../../core/paths.ts'
import type { Pieces } from '../../storage/pieces.ts'
import type { WaitingContext } from './context.ts'
import { materialize, materializeBelow } from './settling.ts'

/** A folder is moved object by object: what waits in it becomes an object first, and goes along. */
export function piecesOf(context: WaitingContext, pieces: Pieces): Pieces {
  return {
    ...pieces,
    async list(directory, options) {
      await materializeBelow(context, directory, options)
      return await pieces.list(directory, options)
    },
    async find(directory, name, options) {
      await materialize(context, joinKeys(directory, name as ObjectKey), options)
      return await pieces.find(directory, name, options)
    },
  }
}
