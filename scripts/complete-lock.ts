// npm run lock: locks the dependencies anew. npm leaves a platform's package out of the lock when the registry that it asks
// has not got it, and `npm ci` then refuses the whole lock. What the other packages name is added here, by name and version.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']

const npm = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], { stdio: 'inherit' })
if (npm.status !== 0) process.exit(npm.status ?? 1)
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> }
const added = Object.entries(lock.packages).flatMap(([path, locked]) =>
  path === '' ? [] : missingOf(locked).map(([name, version]) => entryOf({ name, version, dev: locked.dev === true })),
)
const [root, ...rest] = Object.entries(lock.packages)
if (root === undefined) throw new TypeError('The lock file is empty.')
const sorted = [...rest, ...added].toSorted(([a], [b]) => a.localeCompare(b, 'en'))
lock.packages = Object.fromEntries([root, ...sorted])
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
console.log(`Added ${added.length} packages of other platforms.`)

function missingOf({ optionalDependencies = {} }: LockedPackage): readonly (readonly [string, string])[] {
  return Object.entries(optionalDependencies).filter(([name]) => lock.packages[`node_modules/${name}`] === undefined)
}

function entryOf({ name, version, dev }: { name: string; version: string; dev: boolean }): [string, object] {
  const words = name.split('/').at(-1)?.split('-') ?? []
  const os = systems.filter((system) => words.includes(system))
  const cpu = processors.filter((processor) => words.includes(processor)).slice(0, 1)
  return [`node_modules/${name}`, { version, ...(dev && { dev }), optional: true, os, cpu }]
}
