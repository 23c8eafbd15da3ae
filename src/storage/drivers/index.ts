import type { Driver } from '../driver.ts'
import { cos } from './cos/index.ts'
import { disk } from './disk/index.ts'
import { memory } from './memory/index.ts'
import { s3 } from './s3/index.ts'

/** THE LIST of drivers. Their options are checked by the schema each brings along, so their types need not be known here. */
export const drivers: readonly Driver[] = [disk, memory, s3, cos]

/** The driver of that name, or null. */
export function findDriver(name: string): Driver | null {
  return drivers.find((driver) => driver.name === name) ?? null
}
