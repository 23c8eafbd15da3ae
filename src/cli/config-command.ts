import { stringify } from 'yaml'
import { configurationShape } from '../config/json-schema.ts'
import { configurationReference } from '../config/reference.ts'
import { redacted } from '../config/secrets.ts'
import { readConfiguration, usableConfiguration } from './configuration.ts'
import type { CliContext } from './context.ts'
import { exit } from './exit.ts'

/** `sluice config reference`: every key with its meaning, as Markdown. */
export async function printReference(context: CliContext): Promise<number> {
  context.stdout.write(configurationReference(configurationShape(await context.loadDrivers())))
  return exit.ok
}

/** `sluice config schema`: JSON Schema for editors. */
export async function printSchema(context: CliContext): Promise<number> {
  context.stdout.write(`${JSON.stringify(configurationShape(await context.loadDrivers()), null, 2)}\n`)
  return exit.ok
}

/** `sluice config show`: what is in force, defaults included and without secrets. */
export async function showConfiguration(context: CliContext, options: { readonly config?: string }): Promise<number> {
  const loaded = await readConfiguration(context, options)
  usableConfiguration(context, loaded)
  context.stdout.write(stringify(redacted(loaded.written()), { lineWidth: 0 }))
  return exit.ok
}
