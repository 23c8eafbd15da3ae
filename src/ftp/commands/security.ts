import { ignored } from './arguments.ts'
import { defineCommand, type Command } from './define.ts'

/** ADAT: TLS needs none. RFC 2228, 3. */
export const adat: Command = defineCommand({
  verb: 'ADAT',
  summary: 'Not used with TLS.',
  usage: 'data',
  source: 'RFC 2228',
  access: 'open',
  argument: ignored,
  run: ({ say }) => say.adatNotUsed(),
})

const wrapped = (verb: string): Command =>
  defineCommand({
    verb,
    summary: 'Not used with TLS.',
    usage: 'data',
    source: 'RFC 2228',
    access: 'open',
    argument: ignored,
    run: ({ say }) => say.protectionLevel(),
  })

/** MIC, CONF, ENC: commands wrapped one by one, which TLS makes needless. RFC 2228, 3. */
export const mic = wrapped('MIC')
export const conf = wrapped('CONF')
export const enc = wrapped('ENC')

/** CCC: a control connection does not go back to clear. RFC 4217 §12.3 leaves it to policy. */
export const ccc: Command = defineCommand({
  verb: 'CCC',
  summary: 'Refused: the control connection stays protected.',
  usage: '',
  source: 'RFC 4217',
  access: 'open',
  argument: ignored,
  run: ({ say, control }) => (control.isSecure() ? say.controlStaysSecure() : say.controlIsClear()),
})
