import { nothing } from './arguments.ts'
import { defineCommand, type Command } from './define.ts'

/** FEAT: all that works on this listener, and only that: clients go by it alone. RFC 2389 §3. */
export const feat = (commands: () => Iterable<Command>): Command =>
  defineCommand({
    verb: 'FEAT',
    summary: 'List the features.',
    usage: '',
    source: 'RFC 2389',
    access: 'open',
    turn: 'immediate',
    argument: nothing,
    run(context) {
      const lines = [...commands()].flatMap(({ features }) => features?.(context) ?? [])
      return context.say.features(lines.toSorted().map((line) => ` ${line}`))
    },
  })
