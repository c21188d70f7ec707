import { expect, test } from 'vitest'
import { cache, createGateway, ordered } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import type { Fetch } from '../../src/runtime.ts'
import { failureOf } from '../world.ts'

/** Two accounts that speak Responses, and one provider that does not. */
function world(options: object = {}) {
  const sent: { url: string; body: Record<string, unknown> }[] = []
  let answers = 0
  const fetch: Fetch = async (url, init) => {
    const body = JSON.parse(String(init.body)) as Record<string, unknown>
    sent.push({ url, body })
    const response = {
      id: `resp_${++answers}`,
      object: 'response',
      status: 'completed',
      model: 'gpt-5-mini',
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hi' }],
        },
      ],
      usage: { input_tokens: 1, output_tokens: 1 },
    }
    if (body['stream'] !== true) return Response.json(response) as never
    const events = [
      { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item: { ...response.output[0], content: [] } },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' },
      { type: 'response.output_item.done', output_index: 0, item: response.output[0] },
      { type: 'response.completed', response },
    ]
    const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
    return new Response(text, { headers: { 'content-type': 'text/event-stream' } }) as never
  }
  const gateway = createGateway({
    providers: [
      provider(openai, { id: 'one', apiKey: 'k1' }),
      provider(openai, { id: 'two', apiKey: 'k2' }),
      anthropic,
    ],
    models: { both: ['one/gpt-5-mini', 'two/gpt-5-mini'], claude: ['anthropic/claude-haiku-4-5'] },
    routing: ordered(),
    ...options,
    runtime: { fetch, env: () => 'key' },
  })
  const ask = (body: object): Promise<Response> =>
    gateway.fetch('https://api.openai.com/v1/responses', {
      method: 'POST',
      body: JSON.stringify({ model: 'both', input: 'Hello', ...body }),
    })
  return { gateway, sent, ask }
}

test.each([
  ['whole', false],
  ['streamed', true],
])('what goes on from an answer that came %s goes where it is kept', async (_, stream) => {
  // The second of two, so that the first is not asked by chance.
  let turn = 0
  const { ask, gateway } = world({ routing: (list: readonly never[]) => list[turn++ === 0 ? list.length - 1 : 0] })
  const first = await ask({ stream })
  await first.text()
  const id = gateway.traceOf(first)!.attempts[0]!.deployment
  expect(id).toBe('two/gpt-5-mini')
  for (let again = 0; again < 3; again++) {
    const next = await ask({ previous_response_id: 'resp_1', stream })
    await next.text()
    expect(gateway.traceOf(next)!.attempts.map(({ deployment }) => deployment)).toEqual([id])
  }
})

test('no other format is asked to go on with a conversation that it cannot know', async () => {
  const { ask, sent } = world()
  const response = await ask({ model: 'claude', previous_response_id: 'resp_9' })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('anthropic does not')
  expect(sent).toEqual([])
})

test.each([
  ['a conversation', { conversation: 'conv_1' }],
  ['a reference to an item', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
  ['a stored prompt', { prompt: { id: 'pmpt_1' } }],
  ['work in the background', { background: true }],
])('%s too stays with those who speak the format', async (_, body) => {
  const { ask, sent } = world()
  expect((await ask({ model: 'claude', ...body })).status).toBe(400)
  expect((await ask(body)).status).toBe(200)
  expect(sent.map(({ url }) => url)).toEqual(['https://api.openai.com/v1/responses'])
})

test('an answer that rests on what is kept elsewhere is not cached', async () => {
  const { ask, sent } = world({ cache: cache() })
  await ask({ previous_response_id: 'resp_9' })
  await ask({ previous_response_id: 'resp_9' })
  expect(sent).toHaveLength(2)
})

test('our own API can go on from an answer too', async () => {
  const { gateway, sent } = world()
  await gateway.chat({ model: 'both', messages: 'And then?', heldBy: { dialect: 'openai-responses', id: 'resp_7' } })
  expect(sent[0]).toMatchObject({
    url: 'https://api.openai.com/v1/responses',
    body: { previous_response_id: 'resp_7' },
  })
  const error = await failureOf(
    gateway.chat({ model: 'claude', messages: 'And then?', heldBy: { dialect: 'openai-responses', id: 'resp_7' } }),
  )
  expect(error.code).toBe('no_eligible_deployment')
})

test('a model that answers in one dialect only is asked in that, whatever the application speaks', async () => {
  const { gateway, sent } = world()
  for (const model of ['gpt-5.1-codex', 'o3-pro', 'gpt-5-pro-2025-10-06', 'gpt-5-mini'])
    await gateway.chat({ model: `one/${model}`, messages: 'Hi' }).catch(() => {})
  expect(sent.map(({ url }) => url.split('/').at(-1)).slice(0, 4)).toEqual([
    'responses',
    'responses',
    'responses',
    'completions',
  ])
})
