import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** STRU: files have no record structure. RFC 959, 3.1.2. */
export const stru = defineCommand({
  verb: 'STRU',
  summary: 'File structure: F.',
  usage: 'F',
  source: 'RFC 959',
  access: 'logged-in',
  argument: text,
  run: ({ say }, text) => (/^f$/i.test(text.trim()) ? say.structure() : say.structureUnknown()),
})
