import { GatewayError } from '../errors.ts'
import type { AuthContext, AuthScheme, Outgoing } from './provider.ts'
import { hexadecimal, hmac, hmacKey, sha256 } from './web-crypto.ts'

/** Credentials as the AWS SDKs hold them. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined
}

/**
 * Writes AWS credentials as the one string that {@link awsAuth} takes. For those that a provider chain of an AWS SDK
 * gives: `apiKey: async () => awsCredentials(await chain())`.
 */
export function awsCredentials({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): string {
  return [accessKeyId, secretAccessKey, ...(sessionToken ? [sessionToken] : [])].join(':')
}

/**
 * Signs requests to a service of AWS by Signature Version 4. A credential is `accessKeyId:secretAccessKey`, with
 * `:sessionToken` if it is temporary; one without a colon is an API key, and is sent as it is.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function awsAuth(service: string): AuthScheme {
  return function sign(request, credential, context) {
    if (!credential.includes(':')) {
      request.headers['authorization'] = `Bearer ${credential}`
      return
    }
    return signRequest(request, service, credential, context)
  }
}

async function signRequest(
  request: Outgoing,
  service: string,
  credential: string,
  context: AuthContext,
): Promise<void> {
  const [accessKeyId, secret, sessionToken] = parts(credential)
  const { region } = context.settings as { readonly region?: string }
  if (!region) {
    throw new GatewayError('invalid_configuration', `Signing for ${service} takes a region: give the setting "region".`)
  }
  const { headers } = request
  const url = new URL(request.url)
  const time = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  headers['x-amz-date'] = time
  if (sessionToken) headers['x-amz-security-token'] = sessionToken

  const signed = signedHeaders(headers, url.host)
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.search),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    await sha256(request.body ?? ''),
  ].join('\n')
  const key = await signingKey(secret, scope, context)
  const signature = hexadecimal(await hmac(key, ['AWS4-HMAC-SHA256', time, scope, await sha256(canonical)].join('\n')))
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
}

/** A session token may hold colons, and a key in several parts may end in one. */
function parts(credential: string): readonly [accessKeyId: string, secret: string, sessionToken: string] {
  const [accessKeyId = '', secret = '', ...rest] = credential.split(':')
  if (!accessKeyId || !secret) {
    throw new GatewayError(
      'invalid_configuration',
      'AWS credentials are "accessKeyId:secretAccessKey", with ":sessionToken" if they are temporary.',
    )
  }
  return [accessKeyId, secret, rest.join(':')]
}

/** What is signed: the host, the type of the content, and AWS's own headers. Proxies may change all others. */
function signedHeaders(headers: Readonly<Record<string, string>>, host: string): (readonly [string, string])[] {
  const signed = new Map([['host', host]])
  for (const [name, value] of Object.entries(headers)) {
    const plain = name.toLowerCase()
    if (plain === 'content-type' || plain.startsWith('x-amz-')) signed.set(plain, value.trim().replace(/\s+/g, ' '))
  }
  return [...signed].sort(byText)
}

/** The path as it is sent, encoded once more: a `%3A` on the wire is signed as `%253A`. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/')
}

function canonicalQuery(search: string): string {
  return search
    .slice(1)
    .split('&')
    .filter((field) => field !== '')
    .map((field): readonly [string, string] => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(field)!
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))]
    })
    .sort(byText)
    .map((field) => field.join('='))
    .join('&')
}

/** By code units, first the names and then the values. */
function byText(one: readonly [string, string], other: readonly [string, string]): number {
  if (one[0] !== other[0]) return one[0] < other[0] ? -1 : 1
  return one[1] < other[1] ? -1 : Number(one[1] > other[1])
}

/** Encodes all but the characters that RFC 3986 leaves unreserved. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

interface SigningKey {
  readonly secret: string
  readonly scope: string
  readonly key: CryptoKey
}

/** The key that signs for a day, a region and a service. It is kept for as long as they are the same. */
async function signingKey(secret: string, scope: string, { kept }: AuthContext): Promise<CryptoKey> {
  const last = kept.get('sigv4') as SigningKey | undefined
  if (last?.scope === scope && last.secret === secret) return last.key
  let key = await hmacKey(`AWS4${secret}`)
  for (const step of scope.split('/')) key = await hmacKey(await hmac(key, step))
  kept.set('sigv4', { secret, scope, key } satisfies SigningKey)
  return key
}
