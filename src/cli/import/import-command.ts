import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hashPassword } from '../../accounts/password-hash.ts'
import type { CliContext } from '../context.ts'
import { CommandError, exit } from '../exit.ts'
import { formatSecret, importCosFtpServer } from './cos-ftp-server.ts'
import { formatNotes } from './notes.ts'

export interface ImportOptions {
  readonly file: string
  /** Where the configuration goes; `.env` goes beside it. */
  readonly output: string
  readonly force?: boolean
}

/** `sluice import cos-ftp-server`: writes sluice.yaml and .env, and says what becomes of each setting. */
export async function importCommand(context: CliContext, { file, output, force }: ImportOptions): Promise<number> {
  const text = await context.readFile(file).catch((error: unknown) => {
    throw new CommandError(
      `${file} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`,
      exit.failure,
    )
  })
  const imported = await importCosFtpServer(text, (password) => hashPassword(Buffer.from(password)))
  if (imported.accounts === 0) {
    context.stderr.write(`${formatNotes(imported.notes)}\n`)
    throw new CommandError(`${file} has no account that could be imported.`, exit.configuration)
  }
  const environment = join(dirname(output), '.env')
  const secrets = [...imported.secrets].map(([name, value]) => `${formatSecret(name, value)}\n`).join('')
  await writeNew(environment, secrets, { mode: 0o600, force })
  await writeNew(output, imported.yaml, { mode: 0o640, force })
  context.stdout.write(`${formatNotes(imported.notes)}\n\n`)
  context.stdout.write(`Wrote ${output} and ${environment} (readable by you alone).\n`)
  context.stdout.write(`Next: sluice check --config ${output}, then sluice serve --config ${output}\n`)
  return exit.ok
}

async function writeNew(
  file: string,
  text: string,
  { mode, force = false }: { readonly mode: number; readonly force?: boolean | undefined },
): Promise<void> {
  try {
    await writeFile(file, text, { mode, flag: force ? 'w' : 'wx' })
    await chmod(file, mode)
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = isThere ? 'is there already; --force replaces it' : 'cannot be written'
    throw new CommandError(`${file} ${why}.`, exit.failure)
  }
}
