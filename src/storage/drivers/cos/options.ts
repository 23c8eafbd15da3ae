import { z } from 'zod'
import { commonOptions } from '../../object-storage/settings.ts'

const secret = z.string().min(1).meta({ writeOnly: true })

const fields = z.strictObject({
  ...commonOptions,
  bucket: commonOptions.bucket
    .regex(/^[a-z0-9-]+-\d+$/, 'Expected name-appid, such as photos-1250000000.')
    .describe('Name of the bucket with its APPID, such as `photos-1250000000`.'),
  region: z.string().min(1).optional().describe('Region, such as `ap-guangzhou`.'),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'Expected an address such as https://cos.ap-guangzhou.tencentcos.cn.' })
    .optional()
    .describe('Address of the service without the bucket. Left out: the public one of the region.'),
  switchDomain: z
    .boolean()
    .default(true)
    .describe(
      'Whether requests that get no answer from COS at `….myqcloud.com` are tried again at `….tencentcos.cn`, as the official SDKs do.',
    ),
  metadataAcceleration: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Whether the bucket has metadata acceleration: files and folders are then renamed by the store, at once. `auto`: the bucket is asked at the start.',
    ),
  credentials: z
    .union([
      z.strictObject({
        secretId: z.string().min(1).describe('Id of an API key.'),
        secretKey: secret.describe('Its secret; better as `${env:NAME}` or `${file:PATH}`.'),
        token: secret.optional().describe('For temporary keys.'),
      }),
      z.strictObject({ role: z.string().min(1).describe('Name of the role that this CVM instance has.') }),
    ])
    .describe('`{secretId, secretKey, token}`, or `{role}`: the role of this CVM instance.'),
})

/** What may stand beside `driver: cos`. */
export const cosOptions = fields.superRefine(({ region, endpoint }, context) => {
  if (region === undefined && endpoint === undefined)
    context.addIssue({ code: 'custom', path: ['region'], message: 'Give a region or an endpoint.' })
})

export type CosOptions = z.output<typeof cosOptions>
