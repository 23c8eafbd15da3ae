import type { CommandContext } from '../session/context.ts'
import { ReplyError } from '../session/reply-error.ts'
import type { Reply } from '../wire/reply.ts'

/** What must happen once the reply is on its way. */
export type Afterwards = 'start-tls' | 'close'

/** A reply, and what follows it. */
export interface ReplyAndNext {
  readonly reply: Reply
  readonly next: Afterwards
}

export type Said = Reply | ReplyAndNext

/** One reply, or at most one preliminary (1xx) reply and then exactly one final one. */
export type Replies = Said | Promise<Said> | AsyncIterable<Said>

/** Reads the text behind the verb. @throws SyntaxProblem for a 501; GatewayError where the path itself is refused. */
export type ArgumentParser<Argument> = (text: string | null, context: CommandContext, raw: Uint8Array) => Argument

/** The argument is not of the verb's form: 501 with the verb's usage. */
export class SyntaxProblem extends Error {}

export interface CommandFacts {
  readonly verb: string
  /** Other verbs that mean the same (RFC 775: XMKD, …). */
  readonly aliases?: readonly string[]
  /** One sentence for HELP and the generated documents. */
  readonly summary: string
  /** The argument's form, for HELP and 501. Empty: none. */
  readonly usage: string
  /** Where it is defined. */
  readonly source: string
  /** 'open' before login too. */
  readonly access: 'open' | 'logged-in'
  /** 'immediate' is answered at once while a transfer runs; 'interrupt' (ABOR) also ends it. */
  readonly turn?: 'immediate' | 'interrupt'
  /** Moves bytes over a data connection: ABOR ends it also while it waits for its turn. */
  readonly usesData?: true
  /** Keeps RNFR (only RNTO) or SITE CPFR (only SITE) for itself; every other verb forgets both. */
  readonly keepsRename?: true
  /** Lines for FEAT, without the leading space, given what works on this listener. */
  readonly features?: (context: CommandContext) => readonly string[]
}

export interface Command extends CommandFacts {
  execute(context: CommandContext, text: string | null, raw: Uint8Array): Replies
}

export interface CommandDefinition<Argument> extends CommandFacts {
  readonly argument: ArgumentParser<Argument>
  run(context: CommandContext, argument: Argument): Replies
}

/** A command as data: facts, how to read its argument, and a handler that yields replies and never holds the socket. */
export function defineCommand<Argument>(definition: CommandDefinition<Argument>): Command {
  const { argument, run: _run, ...facts } = definition
  return {
    ...facts,
    execute(context, text, raw) {
      return definition.run(context, parse(context))

      function parse(context: CommandContext): Argument {
        try {
          return argument(text, context, raw)
        } catch (error) {
          if (error instanceof SyntaxProblem) throw new ReplyError(context.say.syntax(usageOf(facts)))
          throw error
        }
      }
    },
  }
}

/** `STOR path` */
export function usageOf({ verb, usage }: CommandFacts): string {
  return usage === '' ? verb : `${verb} ${usage}`
}
