import { spawnSync } from 'node:child_process'

// `node scripts/slow-uploads.ts [1000]`: so many slow uploads at once into a bucket, and the most memory the gateway took.

const count = Number(process.argv[2] ?? 1000)
if (!Number.isInteger(count) || count < 1 || count > 2000) throw new RangeError('Expected a number from 1 to 2000.')
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-name-pattern=slow uploads', 'test/e2e/object-storage-memory.test.ts'],
  { stdio: 'inherit', env: { ...process.env, SLUICE_TEST_SLOW_UPLOADS: String(count) } },
)
process.exitCode = status ?? 1
