import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { type GatewayError, isGatewayError } from '../../src/errors.ts'
import { googleAuth } from '../../src/providers/google-auth.ts'
import { createClock } from '../../src/testing/index.ts'
import { schemeWorld, signed } from './signing.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const serviceAccount = {
  type: 'service_account',
  project_id: 'acme',
  private_key_id: 'key-1',
  private_key: pem,
  client_email: 'gateway@acme.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
}
const authorizedUser = {
  type: 'authorized_user',
  client_id: 'client-id-1',
  client_secret: 'client-secret-1',
  refresh_token: 'refresh-token-1',
  quota_project_id: 'acme',
}
const credential = JSON.stringify(serviceAccount)

async function failure(work: Promise<unknown>): Promise<GatewayError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isGatewayError(error)) throw new Error('It did not fail.')
  return error
}

const decoded = (part: string | undefined): unknown => JSON.parse(Buffer.from(part!, 'base64url').toString())

test('the key of a service account is exchanged for a token, by a JWT that its public key verifies', async () => {
  const world = schemeWorld()
  const { headers } = await signed(googleAuth, credential, world.context)
  expect(headers).toEqual({ authorization: 'Bearer token-1' })
  const [{ url, init, form }] = world.sent as [(typeof world.sent)[number]]
  expect(url).toBe('https://oauth2.googleapis.com/token')
  expect(init).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')

  const [header, claims, signature] = form.get('assertion')!.split('.')
  expect(decoded(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
  const issued = world.time / 1000
  expect(decoded(claims)).toEqual({
    iss: 'gateway@acme.iam.gserviceaccount.com',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: 'https://oauth2.googleapis.com/token',
    iat: issued,
    exp: issued + 3600,
  })
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const verifier = await crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, false, ['verify'])
  const verify = (text: string) =>
    crypto.subtle.verify(
      algorithm,
      verifier,
      new Uint8Array(Buffer.from(signature!, 'base64url')),
      new TextEncoder().encode(text),
    )
  expect(await verify(`${header}.${claims}`)).toBe(true)
  expect(await verify(`${header}.${claims}x`)).toBe(false)
})

test('line breaks of a private key may have become two characters', async () => {
  const escaped = JSON.stringify({ ...serviceAccount, private_key: pem.replaceAll('\n', '\\n') })
  const { headers } = await signed(googleAuth, escaped, schemeWorld().context)
  expect(headers).toEqual({ authorization: 'Bearer token-1' })
})

test('a refresh token is exchanged, and its project pays', async () => {
  const world = schemeWorld()
  const { headers } = await signed(googleAuth, JSON.stringify(authorizedUser), world.context)
  expect(headers).toEqual({ authorization: 'Bearer token-1', 'x-goog-user-project': 'acme' })
  expect(world.sent[0]!.url).toBe('https://oauth2.googleapis.com/token')
  expect(Object.fromEntries(world.sent[0]!.form)).toEqual({
    grant_type: 'refresh_token',
    client_id: 'client-id-1',
    client_secret: 'client-secret-1',
    refresh_token: 'refresh-token-1',
  })
})

test('a token is kept until one minute before it expires', async () => {
  const world = schemeWorld()
  const sign = async () => (await signed(googleAuth, credential, world.context)).headers['authorization']
  expect(await sign()).toBe('Bearer token-1')
  world.time += 3_539_999
  expect(await sign()).toBe('Bearer token-1')
  world.time += 1
  expect(await sign()).toBe('Bearer token-2')
  expect(world.sent).toHaveLength(2)
})

test('concurrent calls share one exchange', async () => {
  const world = schemeWorld()
  const requests = await Promise.all(Array.from({ length: 5 }, () => signed(googleAuth, credential, world.context)))
  expect(requests.map(({ headers }) => headers['authorization'])).toEqual(Array(5).fill('Bearer token-1'))
  expect(world.sent).toHaveLength(1)
})

test('another credential in the same place gets a token of its own', async () => {
  const world = schemeWorld()
  await signed(googleAuth, credential, world.context)
  const { headers } = await signed(googleAuth, JSON.stringify(authorizedUser), world.context)
  expect(headers['authorization']).toBe('Bearer token-2')
})

test('a failed exchange fails all that wait for it, and is tried again by the next call', async () => {
  const world = schemeWorld()
  const { answer } = world
  world.answer = () => Response.json({ error: 'invalid_grant', error_description: 'Invalid JWT.' }, { status: 400 })
  const failures = await Promise.all([1, 2].map(() => failure(signed(googleAuth, credential, world.context))))
  expect(failures.map(({ code }) => code)).toEqual(['authentication_failed', 'authentication_failed'])
  expect(failures[0]!.message).toBe(
    'No access token: oauth2.googleapis.com answered 400 (invalid_grant: Invalid JWT.).',
  )
  expect(world.sent).toHaveLength(1)
  world.answer = answer
  const { headers } = await signed(googleAuth, credential, world.context)
  expect(headers['authorization']).toBe('Bearer token-2')
})

test('an endpoint that is down blames no key', async () => {
  const world = schemeWorld()
  world.answer = () => new Response('<html>busy</html>', { status: 503 })
  expect((await failure(signed(googleAuth, credential, world.context))).code).toBe('provider_unavailable')
  world.answer = () => Promise.reject(new TypeError(`fetch failed: ${authorizedUser.client_secret}`))
  const error = await failure(signed(googleAuth, JSON.stringify(authorizedUser), world.context))
  expect(error.code).toBe('provider_unavailable')
  expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(authorizedUser.client_secret)
})

test('an answer without a token is a failure', async () => {
  const world = schemeWorld()
  world.answer = () => Response.json({ expires_in: 3600 })
  expect((await failure(signed(googleAuth, credential, world.context))).code).toBe('authentication_failed')
})

test('an error tells nothing of what was sent, even if the endpoint echoes it', async () => {
  const world = schemeWorld()
  world.answer = () =>
    Response.json(
      { error: 'invalid_client', error_description: `${world.sent.at(-1)!.form} ${authorizedUser.refresh_token}` },
      { status: 401 },
    )
  const error = await failure(signed(googleAuth, JSON.stringify(authorizedUser), world.context))
  const told = `${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`
  for (const secret of [authorizedUser.client_secret, authorizedUser.refresh_token]) expect(told).not.toContain(secret)

  const assertion = await failure(signed(googleAuth, credential, world.context))
  expect(`${assertion.stack}${JSON.stringify(assertion)}`).not.toContain(world.sent.at(-1)!.form.get('assertion')!)
})

test.each([
  ['what is missing', { ...serviceAccount, private_key: undefined }, /service account has no private_key/],
  ['a key that is none', { ...serviceAccount, private_key: 'c2VjcmV0' }, /private_key of the service account/],
  ['a type that is not exchanged', { type: 'external_account', secret: 'c2VjcmV0' }, /"external_account".*function/],
])('a credential that cannot be exchanged is named, without its values: %s', async (_, fields, message) => {
  const world = schemeWorld()
  const error = await failure(signed(googleAuth, JSON.stringify(fields), world.context))
  expect(error.code).toBe('invalid_configuration')
  expect(error.message).toMatch(message)
  expect(error.message).not.toContain('c2VjcmV0')
  expect(world.sent).toHaveLength(0)
})

test('broken JSON is not sent as a token', () => {
  const { context } = schemeWorld()
  expect(() => googleAuth({ method: 'POST', url: '', headers: {}, body: '' }, '{"type": "servi', context)).toThrow(
    /JSON/,
  )
})

test('an access token and an API key are sent as they are', async () => {
  const { context, sent } = schemeWorld()
  expect((await signed(googleAuth, 'ya29.token', context)).headers).toEqual({ authorization: 'Bearer ya29.token' })
  expect((await signed(googleAuth, 'AIzaKey', context)).headers).toEqual({ 'x-goog-api-key': 'AIzaKey' })
  expect(sent).toHaveLength(0)
})

test('a token endpoint that hangs is given up, and the next call tries again', async () => {
  const clock = createClock()
  const world = schemeWorld()
  const context = { ...world.context, now: clock.now, timer: clock.timer }
  world.answer = () => new Promise<Response>(() => {})
  await expect(clock.run(signed(googleAuth, credential, context))).rejects.toMatchObject({
    code: 'provider_unavailable',
  })
  world.answer = () => Response.json({ access_token: 'later', expires_in: 60 })
  expect((await signed(googleAuth, credential, context)).headers['authorization']).toBe('Bearer later')
  expect(clock.pending).toBe(0)
})

test('where the work of requests is kept apart, each exchanges for itself', async () => {
  const world = schemeWorld()
  const context = { ...world.context, isolated: true }
  await Promise.all([signed(googleAuth, credential, context), signed(googleAuth, credential, context)])
  expect(world.sent).toHaveLength(2)
})
