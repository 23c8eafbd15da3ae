import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'

/**
 * The environment, with what stands in the `.env` file beside the configuration where the environment itself says nothing.
 * Without such a file it is the environment as it is.
 */
export async function withEnvironmentFile(
  environment: Readonly<Record<string, string | undefined>>,
  configurationFile: string,
  readFile: (path: string) => Promise<string>,
): Promise<Readonly<Record<string, string | undefined>>> {
  try {
    return { ...parseEnv(await readFile(join(dirname(configurationFile), '.env'))), ...environment }
  } catch {
    // There is none, or it is not for us to read: a variable that is missed is then named with its line.
    return environment
  }
}
