import { expect, test } from 'vitest'
import { createGateway } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { type AuthScheme, provider } from '../../src/providers/provider.ts'
import type { Fetch } from '../../src/runtime.ts'

/** A gateway whose key is exchanged for tokens, which are kept; and what was sent. */
function exchanging(statuses: readonly number[]) {
  const tokens: (string | undefined)[] = []
  let made = 0
  const scheme: AuthScheme = ({ headers }, _credential, { kept }) => {
    if (!kept.has('token')) kept.set('token', `token-${++made}`)
    headers['authorization'] = kept.get('token') as string
  }
  const fetch: Fetch = async (_url, { headers }) => {
    tokens.push(headers['authorization'])
    const message = { role: 'assistant', content: 'Hi' }
    const body = { choices: [{ index: 0, message, finish_reason: 'stop' }] }
    return Response.json(body, { status: statuses[tokens.length - 1] ?? 200 }) as never
  }
  const row = provider({ ...openai, auth: { scheme, env: ['KEY'] } })
  const gateway = createGateway({ providers: [row], maxAttempts: 1, runtime: { fetch, env: () => 'key' } })
  return { gateway, tokens }
}

test.each([
  ['a call', 'https://api.openai.com/v1/chat/completions'],
  ['what passes through', 'https://api.openai.com/v1/batches'],
])('a token that was refused to %s is not used again, and one that was not is', async (_, url) => {
  const { gateway, tokens } = exchanging([200, 401, 200])
  const body = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] })
  for (let call = 0; call < 3; call++) await (await gateway.fetch(url, { method: 'POST', body })).text()
  expect(tokens).toEqual(['token-1', 'token-1', 'token-2'])
})
