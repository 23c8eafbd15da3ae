import { z } from 'zod'
import { commonOptions } from '../../object-storage/settings.ts'

const secret = z.string().min(1).meta({ writeOnly: true })

const credentials = z.union([
  z.strictObject({
    accessKeyId: z.string().min(1).describe('Access key.'),
    secretAccessKey: secret.describe('Its secret; better as `${env:NAME}` or `${file:PATH}`.'),
    sessionToken: secret.optional().describe('For temporary keys.'),
  }),
  z.strictObject({
    profile: z.string().min(1).describe('Name of a profile of the AWS command line.'),
    file: z.string().min(1).optional().describe('File with the profiles. Left out: `~/.aws/credentials`.'),
  }),
  z.enum(['environment', 'instance-role', 'container-role', 'web-identity']),
])

/** What may stand beside `driver: s3`. */
export const s3Options = z.strictObject({
  ...commonOptions,
  endpoint: z
    .url({ protocol: /^https?$/, error: 'Expected an address such as https://s3.example.org.' })
    .optional()
    .describe('Address of the service without the bucket. Left out: AWS, by the region.'),
  region: z.string().min(1).default('us-east-1').describe('Region that requests are signed for.'),
  addressing: z
    .enum(['path', 'virtual-host'])
    .optional()
    .describe(
      'Where the bucket stands: in the path, or in front of the host name. Left out: as the store is known to want it.',
    ),
  dialect: z
    .enum(['auto', 'aws', 'minio', 'versitygw', 'ceph', 'r2', 'swift', 'generic'])
    .default('auto')
    .describe('Kind of store. `auto`: by the endpoint and by what the store says of itself.'),
  credentials: credentials
    .default('environment')
    .describe(
      '`{accessKeyId, secretAccessKey, sessionToken}`, `{profile, file}`, `environment` (AWS_ACCESS_KEY_ID …), `instance-role`, `container-role` or `web-identity`.',
    ),
})

export type S3Options = z.output<typeof s3Options>
