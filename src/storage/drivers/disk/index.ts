import { defineDriver } from '../../driver.ts'
import { diskOptions, type DiskOptions } from './options.ts'
import { diskStorage } from './storage.ts'

/** Files in a folder of this machine. */
export const disk = defineDriver<DiskOptions>({
  name: 'disk',
  options: diskOptions,
  open: async (options, services) => diskStorage(options, services),
})
