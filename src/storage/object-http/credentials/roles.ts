import { readFile } from 'node:fs/promises'
import type { HttpClient } from '../http/http-client.ts'
import { encodeQuery } from '../signing/uri-encoding.ts'
import type { Credentials } from '../signing/signer.ts'
import { childText, parseXml, type XmlElement } from '../xml/xml.ts'
import { ask, awsFields, credentialsFromJson, tencentFields } from './metadata-service.ts'
import { noCredentials } from './profile-file.ts'

/** Each returns what fetches; `refreshedCredentials` keeps what it brings. All throw GatewayError 'unavailable'. */
export type FetchCredentials = () => Promise<Credentials>

/** The role of an EC2 instance, by version 2 of its metadata service: a token first, then the role, then its credentials. */
export function instanceRole(http: HttpClient, endpoint = 'http://169.254.169.254'): FetchCredentials {
  return async () => {
    const lifetime = { 'x-aws-ec2-metadata-token-ttl-seconds': '300' }
    const token = await ask(http, { url: `${endpoint}/latest/api/token`, method: 'PUT', headers: lifetime })
    const headers = { 'x-aws-ec2-metadata-token': token }
    const folder = `${endpoint}/latest/meta-data/iam/security-credentials/`
    const role = firstLine(await ask(http, { url: folder, headers }))
    return credentialsFromJson(await ask(http, { url: `${folder}${encodeURIComponent(role)}`, headers }), awsFields)
  }
}

export interface ContainerRoleOptions {
  /** AWS_CONTAINER_CREDENTIALS_FULL_URI, or the relative one behind `http://169.254.170.2`. */
  readonly url: string
  /** AWS_CONTAINER_AUTHORIZATION_TOKEN, or what stands in the file that …_TOKEN_FILE names, read each time. */
  readonly authorization?: () => Promise<string>
}

/** The role of an ECS task or an EKS pod. */
export function containerRole(http: HttpClient, { url, authorization }: ContainerRoleOptions): FetchCredentials {
  return async () => {
    const headers: Record<string, string> = authorization ? { authorization: (await authorization()).trim() } : {}
    return credentialsFromJson(await ask(http, { url, headers }), awsFields)
  }
}

export interface WebIdentityOptions {
  readonly roleArn: string
  /** Written anew by others from time to time: read for each call. */
  readonly tokenFile: string
  readonly sessionName: string
  /** `https://sts.REGION.amazonaws.com`. */
  readonly endpoint: string
}

/** A role for a token that another authority has signed (EKS, CI): STS AssumeRoleWithWebIdentity, which is not signed. */
export function webIdentity(http: HttpClient, options: WebIdentityOptions): FetchCredentials {
  return async () => {
    const token = await readFile(options.tokenFile, 'utf8').catch((error: unknown) => {
      throw noCredentials(error)
    })
    const body = encodeQuery({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: options.roleArn,
      RoleSessionName: options.sessionName,
      WebIdentityToken: token.trim(),
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return fromSts(await ask(http, { url: `${options.endpoint}/`, method: 'POST', headers, body }))
  }
}

/** The role of a Tencent CVM. @param role null: the one the service names first. */
export function cvmRole(
  http: HttpClient,
  {
    endpoint = 'http://metadata.tencentyun.com',
    role = null,
  }: { readonly endpoint?: string; readonly role?: string | null } = {},
): FetchCredentials {
  return async () => {
    const folder = `${endpoint}/latest/meta-data/cam/security-credentials/`
    const name = role ?? firstLine(await ask(http, { url: folder }))
    return credentialsFromJson(await ask(http, { url: `${folder}${encodeURIComponent(name)}` }), tencentFields)
  }
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? ''
  if (line === '') throw noCredentials(new TypeError('The machine has no role.'))
  return line
}

function fromSts(text: string): Credentials {
  const found = find(parseXml(text), 'Credentials')
  if (found === null) throw noCredentials(new TypeError('The answer holds no credentials.'))
  const field = (name: string) => childText(found, name)
  const expires = new Date(field('Expiration'))
  return {
    accessKey: field('AccessKeyId'),
    secretKey: field('SecretAccessKey'),
    token: field('SessionToken') || null,
    expires: Number.isNaN(expires.getTime()) ? null : expires,
  }
}

function find(element: XmlElement, name: string): XmlElement | null {
  if (element.name === name) return element
  for (const child of element.children) {
    const found = find(child, name)
    if (found !== null) return found
  }
  return null
}
