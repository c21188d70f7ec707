import { expect, test } from 'vitest'
import { isGatewayError } from '../../src/errors.ts'
import { entraAuth } from '../../src/providers/entra.ts'
import { schemeWorld, signed } from './signing.ts'

const application = { tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'secret-of-client-1' }
const credential = JSON.stringify(application)

test('the secret of an application is exchanged for a token, which is kept', async () => {
  const world = schemeWorld()
  const [first, second] = await Promise.all([1, 2].map(() => signed(entraAuth, credential, world.context)))
  const third = await signed(entraAuth, credential, world.context)
  for (const { headers } of [first!, second!, third]) expect(headers).toEqual({ authorization: 'Bearer token-1' })
  expect(world.sent).toHaveLength(1)
  expect(world.sent[0]!.url).toBe('https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token')
  expect(Object.fromEntries(world.sent[0]!.form)).toEqual({
    grant_type: 'client_credentials',
    client_id: 'client-1',
    client_secret: 'secret-of-client-1',
    scope: 'https://cognitiveservices.azure.com/.default',
  })
  world.time += 3_540_000
  expect((await signed(entraAuth, credential, world.context)).headers).toEqual({ authorization: 'Bearer token-2' })
})

test('an access token is sent as one, and anything else as an API key', async () => {
  const { context, sent } = schemeWorld()
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl'
  expect((await signed(entraAuth, token, context)).headers).toEqual({ authorization: `Bearer ${token}` })
  expect((await signed(entraAuth, '0123456789abcdef', context)).headers).toEqual({ 'api-key': '0123456789abcdef' })
  expect((await signed(entraAuth, 'eyJ.key', context)).headers).toEqual({ 'api-key': 'eyJ.key' })
  expect(sent).toHaveLength(0)
})

test('a refused secret is an error without it', async () => {
  const world = schemeWorld()
  world.answer = () =>
    Response.json(
      { error: 'invalid_client', error_description: `AADSTS7000215: ${application.clientSecret} is invalid.` },
      { status: 401 },
    )
  const error: unknown = await signed(entraAuth, credential, world.context).catch((error: unknown) => error)
  if (!isGatewayError(error, 'authentication_failed')) throw error
  expect(error.message).toBe(
    'No access token: login.microsoftonline.com answered 401 (invalid_client: AADSTS7000215: … is invalid.).',
  )
  expect(`${error.stack}${JSON.stringify(error)}${JSON.stringify(error.cause)}`).not.toContain(application.clientSecret)
})

test('what a credential lacks is named', async () => {
  const error = await signed(entraAuth, '{"tenantId":"t","clientSecret":"s"}', schemeWorld().context).catch(
    (error: unknown) => error,
  )
  expect(isGatewayError(error, 'invalid_configuration')).toBe(true)
  expect(String(error)).toContain('has no clientId')
})
