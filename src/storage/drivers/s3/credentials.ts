import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { GatewayError } from '../../../core/errors.ts'
import {
  refreshedCredentials,
  staticCredentials,
  type CredentialSource,
} from '../../object-http/credentials/credential-source.ts'
import { environmentCredentials, profileCredentials } from '../../object-http/credentials/profile-file.ts'
import { containerRole, instanceRole, webIdentity } from '../../object-http/credentials/roles.ts'
import { httpClient } from '../../object-http/http/http-client.ts'
import type { S3Options } from './options.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where the credentials come from, as the configuration says. @throws GatewayError 'unavailable' for lack of a variable. */
export function credentialSource(
  { credentials, region }: Pick<S3Options, 'credentials' | 'region'>,
  { environment, clock }: { readonly environment: Environment; readonly clock: Clock },
): CredentialSource {
  if (typeof credentials === 'object' && 'accessKeyId' in credentials) {
    const { accessKeyId, secretAccessKey, sessionToken = null } = credentials
    return staticCredentials({ accessKey: accessKeyId, secretKey: secretAccessKey, token: sessionToken })
  }
  if (typeof credentials === 'object') {
    const file = credentials.file ?? join(homedir(), '.aws', 'credentials')
    return refreshedCredentials(() => profileCredentials(file, credentials.profile), clock)
  }
  if (credentials === 'environment') return refreshedCredentials(async () => environmentCredentials(environment), clock)
  const http = httpClient()
  if (credentials === 'instance-role') return refreshedCredentials(instanceRole(http), clock)
  if (credentials === 'container-role') return refreshedCredentials(containerRole(http, container(environment)), clock)
  return refreshedCredentials(
    webIdentity(http, {
      roleArn: needed(environment, 'AWS_ROLE_ARN'),
      tokenFile: needed(environment, 'AWS_WEB_IDENTITY_TOKEN_FILE'),
      sessionName: environment['AWS_ROLE_SESSION_NAME'] ?? 'sluice',
      endpoint: `https://sts.${region}.amazonaws.com`,
    }),
    clock,
  )
}

function container(environment: Environment): Parameters<typeof containerRole>[1] {
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']
  const url =
    relative === undefined
      ? needed(environment, 'AWS_CONTAINER_CREDENTIALS_FULL_URI')
      : `http://169.254.170.2${relative}`
  const tokenFile = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const token = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  if (tokenFile !== undefined) return { url, authorization: () => readFile(tokenFile, 'utf8') }
  return token === undefined ? { url } : { url, authorization: async () => token }
}

function needed(environment: Environment, name: string): string {
  const value = environment[name]
  if (value === undefined || value === '')
    throw new GatewayError('unavailable', `The environment variable ${name} is not set.`)
  return value
}
