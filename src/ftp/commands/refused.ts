import { ignored } from './arguments.ts'
import { defineCommand, type Command } from './define.ts'

const refused = (verb: string, source: string, summary: string): Command =>
  defineCommand({
    verb,
    summary,
    usage: '',
    source,
    access: 'logged-in',
    argument: ignored,
    run: ({ say }) => say.notImplemented(verb),
  })

/** Verbs that are known and not offered: 502. */
export const lprt = refused('LPRT', 'RFC 1639', 'Not offered; use EPRT.')
export const lpsv = refused('LPSV', 'RFC 1639', 'Not offered; use EPSV.')
export const smnt = refused('SMNT', 'RFC 959', 'Not offered: mounts are configured.')
export const mfct = refused('MFCT', 'draft-somers-ftp-mfxx', 'Not offered: creation times are not kept.')
