import { z, type ZodType } from 'zod'

/** What the configuration has to know of a driver. */
export interface DriverOptions {
  readonly name: string
  readonly options: ZodType
}

/** A storage as its driver opens it. */
export interface StorageOptions {
  readonly driver: string
  /** The driver's own options, checked by its own schema. */
  readonly options: unknown
}

/** An element of `storages`: the name of a driver, and beside it the options of that driver. */
export function storageOptions(drivers: readonly DriverOptions[]) {
  const names = drivers.map(({ name }) => name)
  return z
    .looseObject({ driver: z.enum(names).describe('Kind of storage.') })
    .transform(({ driver, ...own }, context): StorageOptions => {
      const options = drivers.find(({ name }) => name === driver)?.options ?? z.never()
      const result = options.safeParse(own)
      // The issues keep their paths, so that messages name the line inside the storage.
      for (const issue of result.error?.issues ?? [])
        context.issues.push({ ...issue, input: own } as z.core.$ZodRawIssue)
      return { driver, options: result.data }
    })
    .meta({ [storageMark]: true })
}

/** Tells the schema above from others when a JSON Schema is made, where the drivers' own options stand in its place. */
export const storageMark = 'x-sluice-storage'
