import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../core/units.ts'
import type { CliContext } from './context.ts'
import { CommandError, exit } from './exit.ts'
import type { ServeFlags } from './serve/flags.ts'

const examples = `
Examples:
  sluice serve                         an empty configuration: ./data, TLS on 2121 and 2990, a password shown once
  sluice serve /srv/ftp --port 21      another folder and port
  sluice serve --config sluice.yaml    everything as the file says
  sluice check --config sluice.yaml    all mistakes in the file, each with its line
  sluice hash-password < password.txt  what stands behind passwordHash
  sluice config reference              every key of the configuration
  sluice doctor storage files --config sluice.yaml   what a store can do, found out by trying
  sluice uploads list --config sluice.yaml           unfinished uploads
  sluice import cos-ftp-server vsftpd.conf   the configuration of the COS FTP Server tool, taken over

Exit status: 0 done, 1 failure, 2 wrong usage, 78 wrong configuration.
`

const serveNotes = `
Signals: SIGHUP reads configuration, certificates and log files again; a broken file keeps the old configuration.
SIGTERM and SIGINT refuse new clients, let transfers finish and exit with 0; a second one ends at once, with 1, unless
it comes within 200 ms.

Every key of the file can be given as SLUICE__SECTION__KEY in the environment; flags win over both.
`

/** Runs one command line, without the program's own name. Resolves to its exit status; never rejects. */
export async function runCommandLine(args: readonly string[], context: CliContext): Promise<number> {
  let status: number = exit.ok
  const program = buildProgram(context, (code) => (status = code))
  try {
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage
    const sentence = error instanceof Error ? error.message : String(error)
    context.stderr.write(`sluice: ${sentence}\n`)
    return error instanceof CommandError ? error.status : exit.failure
  }
}

type Done = (status: number) => void

function buildProgram(context: CliContext, done: Done): Command {
  const program = new Command('sluice')
    .description('An FTP and FTPS server that streams into object storage.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'sluice: ')),
    })
    .showHelpAfterError('Try sluice --help.')
  addServe(program, context, done)
  addCheck(program, context, done)
  addHashPassword(program, context, done)
  addConfig(program, context, done)
  addImport(program, context, done)
  addDoctor(program, context, done)
  addUploads(program, context, done)
  return program
}

function addServe(program: Command, context: CliContext, done: Done): void {
  program
    .command('serve')
    .summary('run the server in the foreground')
    .description('Runs the server in the foreground.')
    .argument('[folder]', 'folder to serve; default: ./data, or as the configuration says')
    .option('-c, --config <file>', 'configuration file (YAML)')
    .option('-p, --port <n>', 'port of the first listener that is not implicit; 0 picks a free one', port)
    .option('--implicit-port <n>', 'port of the first listener with implicit TLS; 0 picks a free one', port)
    .option('--address <address>', 'address that all listeners accept on')
    .option('--user <name>', 'name of the account')
    .option('--password-file <file>', 'file that holds its password; left out: one is made and shown once')
    .option('--new-password', 'makes a new password for the account that the first start made')
    .option('--state <directory>', 'folder for what outlives the process; default: ./.sluice')
    .option('--workers <n>', 'processes that share the work, or auto', workers)
    .addOption(
      new Option('--log-level <level>', 'least weight that is logged').choices(['debug', 'info', 'warn', 'error']),
    )
    .addHelpText('after', serveNotes)
    .action(async (folder: string | undefined, flags: Omit<ServeFlags, 'folder'> & { state?: string }) => {
      const { serve } = await import('./serve/serve.ts')
      done(await serve(context, { ...flags, folder }))
    })
}

function addImport(program: Command, context: CliContext, done: Done): void {
  program
    .command('import')
    .summary('take over the configuration of another tool')
    .description('Writes a configuration from that of another tool, and says what becomes of each setting.')
    .command('cos-ftp-server')
    .summary("the vsftpd.conf of Tencent's COS FTP Server tool")
    .description("Reads the vsftpd.conf of Tencent's COS FTP Server tool.")
    .argument('<file>', 'its vsftpd.conf')
    .option('-o, --output <file>', 'where the configuration goes; the secrets go into .env beside it', 'sluice.yaml')
    .option('--force', 'replaces files that are there')
    .action(async (file: string, flags: { readonly output: string; readonly force?: boolean }) => {
      const { importCommand } = await import('./import/import-command.ts')
      done(await importCommand(context, { file, ...flags }))
    })
}

function addDoctor(program: Command, context: CliContext, done: Done): void {
  program
    .command('doctor')
    .description('Finds out what is wrong.')
    .helpCommand(false)
    .command('storage')
    .summary('try what a store can do')
    .description(
      'Tries what a store can do, below a hidden prefix of the storage, and removes everything again. Exit status 1 when something is missing that is needed.',
    )
    .argument('<name>', 'name of the storage in the configuration')
    .option('-c, --config <file>', 'configuration file (YAML)')
    .option('--json', 'prints the report as JSON')
    .action(async (name: string, options: { config?: string; json?: boolean }) => {
      const { doctorStorage } = await import('./doctor-storage.ts')
      done(await doctorStorage(context, { name, ...options }))
    })
}

interface UploadsFlags {
  readonly config?: string
  readonly storage?: string
  readonly olderThan?: number
  readonly dryRun?: boolean
  readonly json?: boolean
}

function addUploads(program: Command, context: CliContext, done: Done): void {
  const uploads = program.command('uploads').description('Unfinished uploads.').helpCommand(false)
  const verb = (name: string, description: string) =>
    uploads
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'configuration file (YAML)')
      .option('--storage <name>', 'only of this storage')
      .option(
        '--older-than <time>',
        'only those nobody has touched for so long, such as 1h; default: uploads.sweepAfter',
        time,
      )
  const options = ({ olderThan, ...rest }: UploadsFlags) => ({
    ...rest,
    ...(olderThan !== undefined && { olderThanMilliseconds: olderThan }),
  })
  verb('list', 'Lists unfinished uploads: those in the journal, and others that the stores hold.')
    .option('--json', 'prints JSON')
    .action(async (flags: UploadsFlags) =>
      done(await (await import('./uploads-list.ts')).listUploads(context, options(flags))),
    )
  verb('abort', 'Discards unfinished uploads, kept ones too. A gateway may be running meanwhile.')
    .option('--dry-run', 'only says what would be done')
    .action(async (flags: UploadsFlags) =>
      done(await (await import('./uploads.ts')).abortUploads(context, options(flags))),
    )
}

function addCheck(program: Command, context: CliContext, done: Done): void {
  program
    .command('check')
    .summary('check a configuration')
    .description(
      'Checks a configuration and prints all its mistakes, each with line and field. Exit status 78 when there are any.',
    )
    .option('-c, --config <file>', 'configuration file (YAML)')
    .action(async (options: { config?: string }) => {
      const { check } = await import('./check.ts')
      done(await check(context, options))
    })
}

function addHashPassword(program: Command, context: CliContext, done: Done): void {
  program
    .command('hash-password')
    .summary('hash a password for the configuration')
    .description(
      'Reads a password from standard input, or asks for it twice on a terminal, and prints its argon2id hash.',
    )
    .action(async () => {
      const { printPasswordHash } = await import('./hash-password.ts')
      done(await printPasswordHash(context))
    })
}

function addConfig(program: Command, context: CliContext, done: Done): void {
  const config = program.command('config').description('What can be configured, and what is.').helpCommand(false)
  config
    .command('reference')
    .description('Prints every key with its meaning, as Markdown.')
    .action(async () => done(await (await import('./config-command.ts')).printReference(context)))
  config
    .command('schema')
    .description('Prints a JSON Schema, for editors.')
    .action(async () => done(await (await import('./config-command.ts')).printSchema(context)))
  config
    .command('show')
    .description('Prints the configuration in force, with defaults and without secrets.')
    .option('-c, --config <file>', 'configuration file (YAML)')
    .action(async (options: { config?: string }) =>
      done(await (await import('./config-command.ts')).showConfiguration(context, options)),
    )
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Expected a port, 0 to 65535.')
}

function time(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === null) throw new InvalidArgumentError('Expected a time such as 1h.')
  return milliseconds
}

function workers(text: string): number | 'auto' {
  if (text === 'auto') return text
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 64) return Number(text)
  throw new InvalidArgumentError('Expected auto or a number from 1 to 64.')
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
