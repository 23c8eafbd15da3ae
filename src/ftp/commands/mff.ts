import { parseMff, parseModeFact, type FactChange } from '../wire/mff.ts'
import { parseTimestamp } from '../wire/times.ts'
import { ReplyError } from '../session/reply-error.ts'
import type { CommandContext } from '../session/context.ts'
import { existingPath } from './arguments.ts'
import { defineCommand, SyntaxProblem, type ArgumentParser } from './define.ts'

const change: ArgumentParser<FactChange> = (text) => {
  const parsed = text === null ? null : parseMff(text)
  if (parsed === null) throw new SyntaxProblem()
  return parsed
}

/** MFF: set facts of a file, all or none. draft-somers-ftp-mfxx §6. */
export const mff = defineCommand({
  verb: 'MFF',
  summary: 'Set facts of a file.',
  usage: 'fact=value;… path',
  source: 'draft-somers-ftp-mfxx',
  access: 'logged-in',
  argument: change,
  features: ({ services }) => [`MFF Modify;${services.keepsModes ? 'UNIX.mode;' : ''}`],
  async run(context, { facts, path }) {
    const { say, files, signal } = context
    const wanted = readFacts(context, facts)
    const target = existingPath(context, path)
    const before = wanted.mode === null ? null : (await files.stat(target, { signal })).mode
    // The mode first: where it is not kept, the time must not have changed either.
    if (wanted.mode !== null) await files.setMode(target, wanted.mode, { signal })
    try {
      if (wanted.modified !== null) await files.setModified(target, wanted.modified, { signal })
    } catch (error) {
      if (before !== null) await files.setMode(target, before, { signal })
      throw error
    }
    return say.factsSet(facts.map(([name, value]) => `${name}=${value};`).join(''), path)
  },
})

interface WantedFacts {
  modified: Date | null
  mode: number | null
}

function readFacts({ say }: CommandContext, facts: FactChange['facts']): WantedFacts {
  const wanted: WantedFacts = { modified: null, mode: null }
  for (const [name, value] of facts) {
    const lower = name.toLowerCase()
    if (lower === 'modify') wanted.modified = parseTimestamp(value) ?? refuse()
    else if (lower === 'unix.mode') wanted.mode = parseModeFact(value) ?? refuse()
    else throw new ReplyError(say.factUnknown(name))
  }
  return wanted

  function refuse(): never {
    throw new ReplyError(say.syntax('MFF fact=value;… path'))
  }
}
