import { z } from 'zod'
import { loadConfiguration, type LoadOptions } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'

/** Drivers as the configuration sees them: options, and nothing behind them. */
export const testDrivers = [
  {
    name: 'disk',
    options: z.strictObject({
      directory: z.string().min(1).describe('Folder.'),
      sync: z.boolean().default(true).describe('Whether it waits for the disk.'),
    }),
  },
  {
    name: 'bucket',
    options: z.strictObject({
      bucket: z.string().describe('Name.'),
      credentials: z
        .strictObject({ keyId: z.string().describe('Public part.'), secretKey: z.string().describe('Secret part.') })
        .optional()
        .describe('Who asks.'),
    }),
  },
]

export type TestLoad = Partial<LoadOptions> & { readonly files?: Readonly<Record<string, string>> }

/** Loads a text as `sluice.yaml`, in a world that holds only what is given. */
export async function load(text: string, { files = {}, ...options }: TestLoad = {}) {
  const loaded = await loadConfiguration({
    file: 'sluice.yaml',
    text,
    environment: {},
    drivers: testDrivers,
    readFile: async (path) => {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return content
    },
    ...options,
  })
  return { ...loaded, written: loaded.written(), lines: loaded.problems.map(formatProblem) }
}

/** The same, for texts that have to be right. */
export async function loadRight(text: string, options: TestLoad = {}) {
  const { configuration, lines } = await load(text, options)
  if (configuration === null) throw new Error(lines.join('\n'))
  return configuration
}
