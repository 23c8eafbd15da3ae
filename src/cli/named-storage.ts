import type { Configuration } from '../config/schema.ts'
import { CommandError, exit } from './exit.ts'

export interface NamedStorage {
  readonly driver: string
  readonly options: unknown
}

/** The storage of that name in the configuration. @throws CommandError that names those that are there. */
export function namedStorage({ storages }: Configuration, name: string): NamedStorage {
  const found = Object.hasOwn(storages, name) ? storages[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(storages).join(', ')
  throw new CommandError(`There is no storage named ${name}. There is: ${names}.`, exit.usage)
}
