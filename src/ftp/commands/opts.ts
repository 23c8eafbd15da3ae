import type { CommandContext } from '../session/context.ts'
import { formatOptsMlst } from '../wire/facts.ts'
import { parseOpts, type Option } from '../wire/opts.ts'
import type { Reply } from '../wire/reply.ts'
import { optionalText } from './arguments.ts'
import { defineCommand } from './define.ts'
import { findAlgorithm } from './hash.ts'

/** OPTS: how other commands behave. RFC 2389 §4. */
export const opts = defineCommand({
  verb: 'OPTS',
  summary: 'Set an option of another command.',
  usage: 'UTF8 ON | MLST facts | HASH algorithm | MODE Z LEVEL n',
  source: 'RFC 2389',
  access: 'open',
  argument: optionalText,
  features: () => ['UTF8'],
  run(context, text) {
    const option = parseOpts(text)
    return option === null ? context.say.optionUnknown() : apply(context, option)
  },
})

function apply(context: CommandContext, option: Option): Reply {
  const { state, say } = context
  switch (option.option) {
    case 'UTF8':
      return setUtf8(context, option.isOn)
    case 'MLST':
      state.facts = option.facts
      return say.mlstOptions(formatOptsMlst(option.facts))
    case 'HASH':
      return chooseHash(context, option.algorithm)
    case 'MODE Z LEVEL':
      state.deflateLevel = option.level
      return say.deflateLevel(option.level)
  }
}

function setUtf8({ state, say }: CommandContext, isOn: boolean): Reply {
  if (!isOn && (state.account === null || state.account.charset === null)) return say.utf8Always()
  state.isUtf8 = isOn
  return isOn ? say.utf8On() : say.utf8Off()
}

function chooseHash(context: CommandContext, name: string | null): Reply {
  const { state, say } = context
  const algorithm = name === null ? state.hashAlgorithm : findAlgorithm(context, name)
  if (algorithm === null) return say.optionUnknown()
  state.hashAlgorithm = algorithm
  return say.hashAlgorithm(algorithm)
}
