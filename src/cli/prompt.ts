import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { CliContext } from './context.ts'
import { CommandError } from './exit.ts'

/** Asks on standard error, so that standard output holds the answer alone, and shows nothing of what is typed. */
export async function promptHidden({ stdin, stderr }: CliContext, question: string): Promise<string> {
  stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 })
  const closed = new Promise<never>((_resolve, reject) => {
    lines.once('close', () => reject(new CommandError('Nothing was typed.')))
  })
  try {
    return await Promise.race([lines.question(''), closed])
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
