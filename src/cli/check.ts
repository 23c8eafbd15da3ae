import type { Configuration } from '../config/schema.ts'
import { readConfiguration, usableConfiguration } from './configuration.ts'
import type { CliContext } from './context.ts'
import { examiner } from './examine.ts'
import { exit } from './exit.ts'

/** `sluice check`: whether a configuration can be used, all that is wrong with it, and what is unwise. */
export async function check(context: CliContext, options: { readonly config?: string }): Promise<number> {
  const examine = examiner(context.readFile)
  const configuration = usableConfiguration(context, await readConfiguration(context, { ...options, examine }))
  context.stdout.write(`OK: ${summary(configuration)}\n`)
  return exit.ok
}

function summary({ listeners, storages, accounts }: Configuration): string {
  const people =
    accounts.length === 0 ? 'no accounts yet, the first start makes one' : counted(accounts.length, 'account')
  return `${counted(listeners.length, 'listener')}, ${counted(Object.keys(storages).length, 'storage')}, ${people}.`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
