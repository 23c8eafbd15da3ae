import { loadConfiguration, type LoadedConfiguration, type LoadOptions } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import type { Configuration } from '../config/schema.ts'
import type { CliContext } from './context.ts'
import { withEnvironmentFile } from './environment-file.ts'
import { CommandError, exit } from './exit.ts'

export interface ReadOptions extends Pick<LoadOptions, 'adjust' | 'examine'> {
  readonly config?: string | undefined
}

/** Loads the configuration of a command line: the file, the environment, the flags. */
export async function readConfiguration(context: CliContext, options: ReadOptions): Promise<LoadedConfiguration> {
  const { config, adjust, examine } = options
  const environment =
    config === undefined
      ? context.environment
      : await withEnvironmentFile(context.environment, config, context.readFile)
  return loadConfiguration({
    ...(config === undefined ? {} : { file: config, isPublic: await context.isPublicFile(config) }),
    ...(adjust === undefined ? {} : { adjust }),
    ...(examine === undefined ? {} : { examine }),
    environment,
    readFile: context.readFile,
    drivers: await context.loadDrivers(),
  })
}

/**
 * The configuration, when it can be used; what is wrong with it goes to standard error, warnings too.
 * @throws CommandError with status 78 when it cannot.
 */
export function usableConfiguration(context: CliContext, loaded: LoadedConfiguration): Configuration {
  const { configuration, problems } = loaded
  for (const problem of problems) {
    const weight = problem.severity === 'warning' ? 'warning: ' : ''
    context.stderr.write(`${weight}${formatProblem(problem)}\n`)
  }
  if (configuration !== null) return configuration
  const errors = problems.filter(({ severity }) => severity === 'error').length
  throw new CommandError(
    errors === 1 ? 'The configuration has a mistake.' : `The configuration has ${errors} mistakes.`,
    exit.configuration,
  )
}
