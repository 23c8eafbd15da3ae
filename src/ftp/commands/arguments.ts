import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { resolvePath, type VirtualPath } from '../../core/paths.ts'
import type { CommandContext } from '../session/context.ts'
import { SyntaxProblem, type ArgumentParser } from './define.ts'

/** Nothing is expected; what is there all the same is ignored. */
export const ignored: ArgumentParser<null> = () => null

/** Nothing may stand behind the verb. */
export const nothing: ArgumentParser<null> = (text) => {
  if (text !== null) throw new SyntaxProblem()
  return null
}

/** Something must stand behind the verb. */
export const text: ArgumentParser<string> = (text) => {
  if (text === null || text === '') throw new SyntaxProblem()
  return text
}

export const optionalText: ArgumentParser<string | null> = (text) => text

/** Something that is there. A name that cannot exist is not found. */
export const path: ArgumentParser<VirtualPath> = (text, context) => {
  if (text === null) throw new SyntaxProblem()
  return existingPath(context, text)
}

/** As `path`; without an argument, where the session is. */
export const optionalPath: ArgumentParser<VirtualPath> = (text, context) =>
  text === null ? context.state.cwd : existingPath(context, text)

/** Something that will be made. A name that cannot be is 'invalid-path'. */
export const newPath: ArgumentParser<VirtualPath> = (text, context) => {
  if (text === null) throw new SyntaxProblem()
  return resolveNewPath(context, text)
}

/** A file that will be made: its name may not end in a slash, or be `.` or `..`. */
export const newFilePath: ArgumentParser<VirtualPath> = (text, context) => {
  const path = newPath(text, context, new Uint8Array())
  if (/(^|\/)(\.{0,2})$/.test(withSlashes(context, text ?? '')))
    throw new GatewayError('invalid-path', 'A file needs a name.')
  return path
}

/** Resolves a name that a client wants to make. @throws GatewayError 'invalid-path'. */
export function resolveNewPath(context: CommandContext, text: string): VirtualPath {
  return resolvePath(context.state.cwd, withSlashes(context, text))
}

/** Resolves a name that a client believes to exist. @throws GatewayError 'not-found' where no such name can be. */
export function existingPath(context: CommandContext, text: string): VirtualPath {
  try {
    return resolveNewPath(context, text)
  } catch (error) {
    if (isGatewayError(error, 'invalid-path')) throw new GatewayError('not-found', 'No such file or directory.')
    throw error
  }
}

function withSlashes({ state }: CommandContext, text: string): string {
  return state.account?.backslashIsSlash === true ? text.replaceAll('\\', '/') : text
}
