import { z } from 'zod'
import type { Shape } from './shape.ts'
import { configurationSchema } from './schema.ts'
import { storageMark, type DriverOptions } from './storage-options.ts'

/** What a person may write, as JSON Schema 2020-12: for editors, for the reference, and for finding a field by its name. */
export function configurationShape(drivers: readonly DriverOptions[]): Shape {
  const storage = { oneOf: drivers.map(driverShape) }
  const shape = z.toJSONSchema(configurationSchema(drivers), {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (!(storageMark in jsonSchema)) return
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
      Object.assign(jsonSchema, storage)
    },
  }) as Shape
  // What is left out of the file is filled in before the schema is asked.
  return { ...shape, required: [] }
}

function driverShape({ name, options }: DriverOptions): Shape {
  const { properties, required = [], ...shape } = z.toJSONSchema(options, { io: 'input' }) as Shape
  const { $schema: _, ...rest } = shape as Shape & { readonly $schema?: string }
  return {
    ...rest,
    type: 'object',
    properties: { driver: { const: name, description: 'Kind of storage.' }, ...properties },
    required: ['driver', ...required],
  }
}
