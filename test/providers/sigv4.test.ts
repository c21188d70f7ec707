import { expect, test, vi } from 'vitest'
import { isGatewayError } from '../../src/errors.ts'
import { awsAuth, awsCredentials } from '../../src/providers/sigv4.ts'
import { schemeWorld, signed } from './signing.ts'

// The constants of AWS's test suite for Signature Version 4.
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const credential = `AKIDEXAMPLE:${secret}`
const sessionToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='
const time = Date.UTC(2015, 7, 30, 12, 36)
const example = 'https://example.amazonaws.com'

function worldOf2015() {
  const world = schemeWorld({ region: 'us-east-1' })
  world.time = time
  return world
}

// https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html
test.each([
  ['get-vanilla', 'GET', '/', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    {},
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-query-unreserved',
    'GET',
    '/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    {},
    '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  ],
  [
    'get-relative, which is a plain path once it is normalised',
    'GET',
    '/example/..',
    {},
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  ['post-vanilla', 'POST', '/', {}, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-vanilla-query',
    'POST',
    '/?Param1=value1',
    {},
    '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  ],
  [
    'post-x-www-form-urlencoded',
    'POST',
    '/',
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
])('a request is signed as in the test suite of AWS: %s', async (name, method, path, headers, signature) => {
  const { context } = worldOf2015()
  const body = name.includes('form') ? 'Param1=value1' : undefined
  const request = { method, url: example + path, headers: { ...headers }, body }
  const { headers: sent } = await signed(awsAuth('service'), credential, context, request)
  const names = name.includes('form') ? 'content-type;host;x-amz-date' : 'host;x-amz-date'
  expect(sent['x-amz-date']).toBe('20150830T123600Z')
  expect(sent['authorization']).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
  )
})

test('the key is derived and the query signed as in the documented example of IAM', async () => {
  const { headers } = await signed(awsAuth('iam'), credential, worldOf2015().context, {
    method: 'GET',
    url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: undefined,
  })
  expect(headers['authorization']).toContain(
    'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  )
})

test('a session token is sent and signed: post-sts-header-before', async () => {
  const { headers } = await signed(
    awsAuth('service'),
    awsCredentials({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret, sessionToken }),
    worldOf2015().context,
    { url: example, body: undefined },
  )
  expect(headers['x-amz-security-token']).toBe(sessionToken)
  expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token')
  expect(headers['authorization']).toContain(
    'Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  )
})

test('a colon in the id of a model is signed as it is sent, encoded once more', async () => {
  const path = '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse'
  const sign = async (url: string) =>
    (await signed(awsAuth('bedrock'), credential, worldOf2015().context, { url })).headers['authorization']
  // Given by @smithy/signature-v4 5.7.5 for the same request.
  expect(await sign(`https://bedrock-runtime.us-east-1.amazonaws.com${path}`)).toContain(
    'Signature=1d46b9fb1457f473e3a05ad828cc020a828ed1a7800bf1cdc37fc8ccb6d56a30',
  )
  expect(await sign(`${example}${path}`)).not.toBe(await sign(`${example}${path.replace('%3A', ':')}`))
})

test('text and its bytes have the same signature', async () => {
  const { context } = worldOf2015()
  const text = await signed(awsAuth('bedrock'), credential, context, { body: '{"text":"日本"}' })
  const bytes = await signed(awsAuth('bedrock'), credential, context, {
    body: new TextEncoder().encode('{"text":"日本"}'),
  })
  expect(bytes.headers).toEqual(text.headers)
})

test('the signing key is derived once a day', async () => {
  const derive = vi.spyOn(crypto.subtle, 'importKey')
  const world = worldOf2015()
  const sign = () => signed(awsAuth('bedrock'), credential, world.context)
  await sign()
  const once = derive.mock.calls.length
  await sign()
  expect(derive).toHaveBeenCalledTimes(once)
  world.time += 12 * 3_600_000
  const { headers } = await sign()
  expect(headers['authorization']).toContain('/20150831/')
  expect(derive).toHaveBeenCalledTimes(2 * once)
  derive.mockRestore()
})

test('another secret has another signature, though the same place keeps its key', async () => {
  const { context } = worldOf2015()
  const first = await signed(awsAuth('bedrock'), credential, context)
  const second = await signed(awsAuth('bedrock'), 'AKIDEXAMPLE:another', context)
  const fresh = await signed(awsAuth('bedrock'), 'AKIDEXAMPLE:another', worldOf2015().context)
  expect(second.headers['authorization']).not.toBe(first.headers['authorization'])
  expect(second.headers['authorization']).toBe(fresh.headers['authorization'])
})

test('an API key is sent as it is', async () => {
  const { headers } = await signed(awsAuth('bedrock'), 'bedrock-api-key-YmVkcm9jaw', schemeWorld().context)
  expect(headers).toEqual({ authorization: 'Bearer bedrock-api-key-YmVkcm9jaw' })
})

test('without a region the setting is named', async () => {
  const error = await signed(awsAuth('bedrock'), credential, schemeWorld().context).catch((error: unknown) => error)
  expect(isGatewayError(error, 'invalid_configuration')).toBe(true)
  expect(String(error)).toContain('"region"')
  expect(JSON.stringify(error)).not.toContain(secret)
})

test('a secret without its key id is no credential, and is not told', async () => {
  const error = await signed(awsAuth('bedrock'), `:${secret}`, worldOf2015().context).catch((error: unknown) => error)
  expect(isGatewayError(error, 'invalid_configuration')).toBe(true)
  expect(String(error)).not.toContain(secret)
})
