import { hashPassword } from '../accounts/password-hash.ts'
import { hasControlCharacter } from '../core/paths.ts'
import type { CliContext } from './context.ts'
import { CommandError, exit } from './exit.ts'
import { promptHidden } from './prompt.ts'

const mostBytes = 1024

/** `sluice hash-password`: prints what stands behind `passwordHash`. The password never is an argument, where `ps` shows it. */
export async function printPasswordHash(context: CliContext): Promise<number> {
  const password = context.stdin.isTTY === true ? await askTwice(context) : await readAll(context)
  const bytes = Buffer.from(password)
  if (bytes.length === 0) throw new CommandError('The password is empty.')
  if (bytes.length > mostBytes) throw new CommandError(`The password is longer than ${mostBytes} bytes.`)
  if (hasControlCharacter(password)) throw new CommandError('The password must be one line without control characters.')
  context.stdout.write(`${await hashPassword(bytes)}\n`)
  return exit.ok
}

async function askTwice(context: CliContext): Promise<string> {
  const first = await promptHidden(context, 'Password: ')
  const second = await promptHidden(context, 'Once more: ')
  if (first !== second) throw new CommandError('The two are not the same.')
  return first
}

async function readAll({ stdin }: CliContext): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > mostBytes + 2) break
    chunks.push(piece)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
