import { writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { parseOptions, usage } from './options.ts'
import { jsonReport } from './report/json.ts'
import { tableReport } from './report/table.ts'
import { runBench } from './run.ts'
import { storages } from './storages/index.ts'
import { makeWorkspace } from './workspace.ts'

const options = parseOptions(process.argv.slice(2), storages)
if (options === null) {
  process.stdout.write(usage(storages))
  process.exit(2)
}
const say = (line: string) => process.stderr.write(`${line}\n`)
const workspace = makeWorkspace(options.scale)
// An interrupt ends the client that runs now, and the bench with it; servers and files go as after any other end.
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  // Each time: `timeout` and npm send theirs twice, and the second must not end it before it has tidied up.
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
const machine = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  system: `${process.platform} ${release()}`,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
}
try {
  const storage = await options.storage.open(workspace, options.scale)
  try {
    const result = await runBench(options, { workspace, storage, say, signal: interrupted.signal })
    process.stdout.write(tableReport(result, machine))
    if (options.json !== null) writeFileSync(options.json, jsonReport(result, machine))
  } finally {
    await storage.close()
  }
} catch (error) {
  if (!interrupted.signal.aborted) throw error
  say(String(error))
  process.exitCode = 1
} finally {
  workspace.remove()
}
process.exit()
