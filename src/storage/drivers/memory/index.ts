import type { Clock } from '../../../core/clock.ts'
import { refuseWhenAborted } from '../../abortable.ts'
import type { Storage } from '../../contract.ts'
import { defineDriver } from '../../driver.ts'
import { memoryTree } from './changes.ts'
import { memoryOptions, type MemoryOptions } from './options.ts'
import { memoryReading } from './reading.ts'
import { memoryUploads } from './staged-upload.ts'
import { fileAt, nodeAt } from './tree.ts'

/** Keeps everything in memory and forgets it at the end of the process. */
export const memory = defineDriver<MemoryOptions>({
  name: 'memory',
  options: memoryOptions,
  open: async (options, { clock }) => memoryStorage(clock, options),
})

/** A storage that lives as long as the process: for tests, and for trying things out. */
export function memoryStorage(clock: Clock, { pageEntries }: MemoryOptions = { pageEntries: 1000 }): Storage {
  const tree = memoryTree(clock)
  return {
    ...memoryReading(tree.root, pageEntries),
    ...memoryUploads(tree),
    async copy(from, to, { ifAbsent = false, signal } = {}) {
      refuseWhenAborted(signal)
      const { content, modified, mode } = fileAt(tree.root, from)
      return tree.put(to, { content, modified, mode }, ifAbsent)
    },
    async remove(key) {
      tree.remove(key)
    },
    async makeDirectory(key) {
      tree.makeDirectory(key)
    },
    async removeDirectory(key) {
      tree.removeDirectory(key)
    },
    async rename(from, to, { ifAbsent = false } = {}) {
      tree.move(from, to, ifAbsent)
    },
    async setModified(key, modified) {
      nodeAt(tree.root, key).modified = modified
    },
    async setMode(key, mode) {
      nodeAt(tree.root, key).mode = mode
    },
    async makeRoot(key) {
      tree.makeRoot(key)
    },
    async close() {},
  }
}
