import { text } from './arguments.ts'
import { defineCommand } from './define.ts'

/** PROT: whether data connections are protected. RFC 4217 §9. */
export const prot = defineCommand({
  verb: 'PROT',
  summary: 'Protect data connections (P) or not (C).',
  usage: 'P | C',
  source: 'RFC 4217',
  access: 'open',
  argument: text,
  features: ({ control }) => (control.tls === null ? [] : ['PROT']),
  run({ state, say, control, listener }, text) {
    if (!control.isSecure()) return say.needsTls('PROT')
    if (!state.hasBufferSize) return say.pbszFirst()
    const level = text.trim().toUpperCase()
    if (level === 'S' || level === 'E') return say.protectionUnsupported()
    if (level !== 'P' && level !== 'C') return say.protectionUnknown()
    if (level === 'C' && listener.clearData === 'refuse') return say.clearDataRefused()
    state.protection = level
    return level === 'P' ? say.dataProtected() : say.dataClear()
  },
})
