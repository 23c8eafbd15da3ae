import { optionalPath } from './arguments.ts'
import { defineCommand } from './define.ts'

/** AVBL: bytes that may still be stored. WinSCP reads the whole text as a number. draft-peterson-streamlined. */
export const avbl = defineCommand({
  verb: 'AVBL',
  summary: 'Tell how many bytes may still be stored.',
  usage: '[path]',
  source: 'draft-peterson-streamlined',
  access: 'logged-in',
  argument: optionalPath,
  features: () => ['AVBL'],
  async run({ say, files, signal, state }, target) {
    // A quota is the same everywhere, also in a folder that is not there.
    if (target !== state.cwd) await files.stat(target, { signal })
    return say.available(await files.availableBytes(target, { signal }))
  },
})
