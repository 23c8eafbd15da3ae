import { z } from 'zod'

const pair = {
  certificateFile: z
    .string()
    .min(1)
    .describe('PEM file with the certificate and the ones between it and the root. Read again when it changes.'),
  keyFile: z.string().min(1).describe('PEM file with its private key. Read again when it changes.'),
}

const fields = z.strictObject({
  certificateFile: pair.certificateFile
    .optional()
    .describe(
      `${pair.certificateFile.description} Left out, with \`keyFile\`: a self-made one in the state directory.`,
    ),
  keyFile: pair.keyFile.optional(),
  minimumVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Oldest version of TLS that is spoken.'),
  certificates: z
    .array(
      z.strictObject({
        ...pair,
        names: z
          .array(z.string().min(1))
          .optional()
          .describe('Server names it is shown for, `*.` in front allowed. Left out: those in the certificate.'),
      }),
    )
    .default([])
    .describe('Further certificates, chosen by the name that the client asks for (SNI).'),
})

/** The certificates of all listeners. */
export const tlsOptions = fields.superRefine((tls, context) => {
  if ((tls.certificateFile === undefined) === (tls.keyFile === undefined)) return
  const path = tls.certificateFile === undefined ? 'keyFile' : 'certificateFile'
  const missing = path === 'keyFile' ? 'certificateFile' : 'keyFile'
  context.addIssue({ code: 'custom', path: [path], message: `Needs ${missing} beside it: give both or none.` })
})

export type TlsOptions = Readonly<z.output<typeof tlsOptions>>
