import { abor } from './abor.ts'
import { acct } from './acct.ts'
import { allo } from './allo.ts'
import { auth } from './auth.ts'
import { avbl } from './avbl.ts'
import { clnt, csid } from './clnt.ts'
import { comb } from './comb.ts'
import type { Command } from './define.ts'
import { dele } from './dele.ts'
import { cdup, cwd, mkd, pwd, rmd, rmda } from './directory.ts'
import { epsv } from './epsv.ts'
import { feat } from './feat.ts'
import { hash, xcrc, xmd5, xsha, xsha1, xsha256, xsha512 } from './hash.ts'
import { help } from './help.ts'
import { host } from './host.ts'
import { lang } from './lang.ts'
import { list, mlsd, nlst } from './list.ts'
import { mdtm, mfmt } from './mdtm.ts'
import { mff } from './mff.ts'
import { mlst } from './mlst.ts'
import { mode } from './mode.ts'
import { noop } from './noop.ts'
import { opts } from './opts.ts'
import { pass } from './pass.ts'
import { pasv } from './pasv.ts'
import { pbsz } from './pbsz.ts'
import { eprt, port } from './port.ts'
import { prot } from './prot.ts'
import { quit } from './quit.ts'
import { lprt, lpsv, mfct, smnt } from './refused.ts'
import { rein } from './rein.ts'
import { rnfr, rnto } from './rename.ts'
import { rang, rest } from './rest.ts'
import { retr } from './retr.ts'
import { adat, ccc, conf, enc, mic } from './security.ts'
import { site } from './site.ts'
import { size } from './size.ts'
import { stat } from './stat.ts'
import { appe, stor } from './stor.ts'
import { stou } from './stou.ts'
import { stru } from './stru.ts'
import { syst } from './syst.ts'
import { type } from './type.ts'
import { user } from './user.ts'

const login = [user, pass, acct, rein, quit, auth, pbsz, prot, ccc, adat, mic, conf, enc, host]
const talk: readonly Command[] = [
  feat(() => commands),
  opts,
  lang,
  clnt,
  csid,
  syst,
  help(findCommand, allVerbs),
  noop,
  stat,
  abor,
]
const parameters = [pasv, epsv, port, eprt, lprt, lpsv, type, stru, mode, allo, rest, rang, smnt]
const transfers = [retr, stor, appe, stou, list, nlst, mlsd, mlst, size, mdtm, mfmt, mff, mfct]
const trees = [dele, rnfr, rnto, cwd, cdup, pwd, mkd, rmd, rmda, hash, xcrc, xmd5, xsha, xsha1, xsha256, xsha512]
const others = [avbl, comb, site]

/** THE LIST of commands. HELP, FEAT, the access check, the 501 text and docs/commands.md come from it. */
export const commands: readonly Command[] = [login, talk, parameters, transfers, trees, others].flat()

const byVerb: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) => [command.verb, ...(command.aliases ?? [])].map((verb) => [verb, command] as const)),
)

/** The command behind a verb in upper case. */
export function findCommand(verb: string): Command | undefined {
  return byVerb.get(verb)
}

function allVerbs(): readonly string[] {
  return [...byVerb.keys()].toSorted()
}
