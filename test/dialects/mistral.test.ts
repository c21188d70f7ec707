import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  fold,
  type Message,
} from '../../src/operations/chat/index.ts'
import { mistralQuirks } from '../../src/providers/mistral-quirks.ts'
import { anyRequest } from './any-request.ts'
import { sayable, saying } from './said-or-warned.ts'

const { upstream, downstream } = openaiChat
const question: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

function targetOf(model: string) {
  return { provider: 'mistral', model, quirks: mistralQuirks }
}
const target = targetOf('mistral-small-latest')

function encode(request: Partial<ChatRequest>, model = target.model) {
  const { body, warnings = [] } = upstream.encode({ model: 'm', messages: [question], ...request }, targetOf(model))
  return { body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, warnings }
}

function messagesOf(...messages: Message[]): readonly Record<string, unknown>[] {
  return encode({ messages }).body['messages'] as Record<string, unknown>[]
}

function decode(message: object, finish_reason = 'stop', usage?: object): ChatResponse {
  const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }]
  return upstream.decode({ id: 'i', object: 'chat.completion', model: 'm', choices, usage }, target)
}

function stream(...deltas: readonly (readonly [delta: object, reason?: string])[]): ChatResponse {
  const decoder = upstream.stream(target)
  const events: ChatEvent[] = []
  for (const [delta, finish_reason = null] of deltas) {
    const chunk = { id: 'i', model: 'm', choices: [{ index: 0, delta, finish_reason }], p: 'abc' }
    decoder.push({ data: JSON.stringify(chunk) }, events)
  }
  decoder.push({ data: '[DONE]' }, events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

function failure(status: number, body: unknown): unknown {
  return upstream.error({ status, header: () => undefined, body, now: 0 }, target)
}

test('whatever a request says, it is written, as JSON', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const { body, warnings } = upstream.encode(request, target)
      expect(JSON.parse(JSON.stringify(body))).toMatchObject({ model: target.model })
      expect(warnings).not.toEqual([])
    }),
  )
})

test.each(sayable)('%s is said, or warned about', (name) => {
  const [said, unsaid] = saying(name, upstream, mistralQuirks)
  expect([said!.body, said!.warnings]).not.toEqual([unsaid!.body, unsaid!.warnings])
})

test('ids of calls have nine letters or digits: Mistral’s own stay, a call and its result meet, two calls do not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 6 }), (ids) => {
      const [, asked, ...answered] = messagesOf(
        question,
        { role: 'assistant', content: ids.map((id) => ({ type: 'tool-call', id, name: 'look', arguments: '{}' })) },
        { role: 'tool', content: ids.map((id) => ({ type: 'tool-result', id, content: 'seen' })) },
      )
      const calls = (asked!['tool_calls'] as { id: string }[]).map(({ id }) => id)
      for (const id of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
      expect(new Set(calls).size).toBe(ids.length)
      expect(answered.map(({ tool_call_id }) => tool_call_id)).toEqual(calls)
    }),
  )
  const [own] = messagesOf({
    role: 'assistant',
    content: [{ type: 'tool-call', id: 'g6fVbXS8K', name: 'f', arguments: '' }],
  })
  expect(own?.['tool_calls']).toMatchObject([{ id: 'g6fVbXS8K' }])
})

test('a last message of the model’s is the prefix of the answer, others are none', () => {
  const [, one, , other] = messagesOf(
    question,
    { role: 'assistant', content: [{ type: 'text', text: 'Yes' }] },
    question,
    { role: 'assistant', content: [{ type: 'text', text: 'I' }] },
  )
  expect(one).toEqual({ role: 'assistant', content: 'Yes' })
  expect(other).toEqual({ role: 'assistant', content: 'I', prefix: true })
})

test('documents go out by address, as data, or by the id of a file', () => {
  const pdf = { type: 'base64', data: 'AAAA', mediaType: 'application/pdf' } as const
  const [message] = messagesOf({
    role: 'user',
    content: [
      { type: 'file', source: pdf, name: 'a.pdf' },
      { type: 'file', source: { type: 'url', url: 'https://a.example/b.pdf' } },
      { type: 'file', source: { type: 'file-id', id: 'f' } },
    ],
  })
  expect(message?.['content']).toEqual([
    { type: 'document_url', document_url: 'data:application/pdf;base64,AAAA', document_name: 'a.pdf' },
    { type: 'document_url', document_url: 'https://a.example/b.pdf' },
    { type: 'file', file_id: 'f' },
  ])
})

test('thoughts go back as parts of the content, and come from an application that way', () => {
  const content = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Yes' },
  ] as const
  const [, wire] = messagesOf(question, { role: 'assistant', content }, question)
  expect(wire).toEqual({
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'Yes' },
    ],
  })
  expect(downstream?.decode({ model: 'm', messages: [wire] }, {}).messages).toEqual([{ role: 'assistant', content }])
})

test('what an application of Mistral’s says is understood, whoever serves it', () => {
  const request = downstream!.decode(
    {
      model: 'm',
      random_seed: 7,
      safe_prompt: true,
      prompt_mode: 'reasoning',
      tool_choice: 'any',
      tools: [{ function: { name: 'look', parameters: {} } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: 'https://a.example/a.png' },
            { type: 'document_url', document_url: 'https://a.example/b.pdf', document_name: 'b' },
            { type: 'file', file_id: 'f' },
            { type: 'reference', reference_ids: [1] },
          ],
        },
        { role: 'assistant', content: 'I', prefix: true },
      ],
    },
    {},
  )
  expect(request).toEqual({
    model: 'm',
    seed: 7,
    toolChoice: 'required',
    tools: [{ type: 'function', name: 'look', parameters: {} }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } },
          { type: 'file', source: { type: 'url', url: 'https://a.example/b.pdf' }, name: 'b' },
          { type: 'file', source: { type: 'file-id', id: 'f' } },
          { type: 'extension', dialect: 'openai-chat', value: { type: 'reference', reference_ids: [1] } },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'I' }],
        extensions: { 'openai-chat': { prefix: true } },
      },
    ],
    extensions: { 'openai-chat': { safe_prompt: true, prompt_mode: 'reasoning' } },
  })
  const { body } = encode(request)
  expect(body).toMatchObject({ random_seed: 7, safe_prompt: true, prompt_mode: 'reasoning', tool_choice: 'required' })
  expect((body['messages'] as unknown[])[1]).toEqual({ role: 'assistant', content: 'I', prefix: true })
})

test.each([
  ['mistral-small-latest', 'high', { reasoning_effort: 'high' }, 0],
  ['mistral-small-latest', 'none', { reasoning_effort: 'none' }, 0],
  ['mistral-small-latest', 'low', { reasoning_effort: 'high' }, 1],
  ['mistral-small-latest', 'minimal', { reasoning_effort: 'none' }, 1],
  ['magistral-medium-latest', 'high', { prompt_mode: 'reasoning' }, 0],
  ['magistral-medium-latest', 'none', { prompt_mode: null }, 0],
] as const)('%s takes the effort %s as %j', (model, effort, said, warned) => {
  const { body, warnings } = encode({ reasoning: { effort } }, model)
  const { reasoning_effort, prompt_mode } = body
  expect({ reasoning_effort, prompt_mode }).toEqual({ ...said })
  expect(warnings).toHaveLength(warned)
})

test('at a temperature of 0 all of the probability is sampled from', () => {
  const { body, warnings } = encode({ temperature: 0, topP: 0.5 })
  expect(body).toMatchObject({ temperature: 0, top_p: 1 })
  expect(warnings).toEqual(['`topP` went out as 1: the provider takes no other beside a temperature of 0.'])
  expect(encode({ temperature: 0 }).body).not.toHaveProperty('top_p')
  expect(encode({ temperature: 0.5, topP: 0.5 })).toMatchObject({ body: { top_p: 0.5 }, warnings: [] })
})

test('a refusal of a former answer is a text of it, and a participant has no name', () => {
  const no = { type: 'refusal', text: 'No' } as const
  const { body, warnings } = encode({
    messages: [
      { ...question, name: 'Ada' },
      { role: 'assistant', content: [no] },
      question,
      { role: 'assistant', content: [{ type: 'reasoning', text: 'hm' }, { type: 'text', text: 'Oh.' }, no] },
      question,
    ],
  })
  expect(body['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'No' },
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'Oh.' },
        { type: 'text', text: 'No' },
      ],
    },
    { role: 'user', content: 'Hi' },
  ])
  expect(warnings).toEqual(['`messages.name` was left out: the provider does not take it.'])
})

const call = { id: 'D681PevKs', function: { name: 'look', arguments: '{"at":1}' } }

test('oddity 4: a call has neither index nor type', () => {
  const expected = [{ type: 'tool-call', id: 'D681PevKs', name: 'look', arguments: '{"at":1}' }]
  expect(stream([{ tool_calls: [call] }, 'tool_calls']).choices[0]?.content).toEqual(expected)
  expect(decode({ content: '', tool_calls: [call] }, 'tool_calls').choices[0]?.content).toEqual(expected)
})

test('oddity 5: whole calls come in one piece, several of them, in the chunk that says why it ends', () => {
  const other = { ...call, id: 'aX2gaLIyo', index: 1 }
  const { choices } = stream([{ content: '' }], [{ tool_calls: [{ ...call, index: 0 }, other] }, 'tool_calls'])
  expect(choices[0]).toMatchObject({
    content: [
      { type: 'tool-call', id: 'D681PevKs' },
      { type: 'tool-call', id: 'aX2gaLIyo' },
    ],
    finishReason: 'tool-calls',
  })
})

test('oddity 6: the arguments of a call are an empty text', () => {
  const empty = { ...call, function: { name: 'look', arguments: '' } }
  expect(stream([{ tool_calls: [empty] }, 'tool_calls']).choices[0]?.content).toMatchObject([{ arguments: '{}' }])
  expect(decode({ tool_calls: [empty] }, 'tool_calls').choices[0]?.content).toMatchObject([{ arguments: '{}' }])
})

test('oddity 7: a call may be cut off by the limit', () => {
  const cut = { ...call, function: { name: 'look', arguments: '{"summary": "The ca' } }
  expect(stream([{ tool_calls: [cut] }, 'length']).choices[0]).toMatchObject({
    content: [{ arguments: '{"summary": "The ca' }],
    finishReason: 'length',
  })
})

test('oddity 26 and 27: content is a list, of thoughts and texts', () => {
  const content = [
    {
      type: 'thinking',
      thinking: [
        { type: 'text', text: 'h' },
        { type: 'reference', reference_ids: [1] },
      ],
    },
    { type: 'text', text: 'Yes' },
  ]
  const said = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Yes.' },
  ]
  const more = { type: 'thinking', thinking: [{ type: 'text', text: 'm' }], closed: true }
  expect(decode({ content: [content[0], more, content[1], { type: 'text', text: '.' }] }).choices[0]?.content).toEqual(
    said,
  )
  const streamed = stream([{ content: [content[0]] }], [{ content: [more, content[1]] }], [{ content: '.' }, 'stop'])
  expect(streamed.choices[0]?.content).toEqual(said)
})

test('references in the content are kept as they came', () => {
  const reference = { type: 'reference', reference_ids: [2] }
  expect(decode({ content: [{ type: 'text', text: 'Yes' }, reference] }).choices[0]?.content).toEqual([
    { type: 'text', text: 'Yes' },
    { type: 'extension', dialect: 'openai-chat', value: reference },
  ])
})

test('oddity 16: padding is not kept', () => {
  expect(JSON.stringify(stream([{ content: 'a' }], [{ content: '' }, 'stop']))).not.toContain('"p"')
})

test('what was cached is counted, under either name', () => {
  const counts = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  expect(decode({}, 'stop', { ...counts, num_cached_tokens: 4 }).usage).toMatchObject({ cachedInputTokens: 4 })
  const details = { ...counts, prompt_tokens_details: { cached_tokens: 8 } }
  expect(decode({}, 'stop', details).usage).toMatchObject({ cachedInputTokens: 8 })
})

test.each([
  [401, { detail: 'Invalid API Key' }, 'authentication_failed', 'Invalid API Key'],
  [
    422,
    {
      detail: [
        { type: 'extra_forbidden', loc: ['body', 'user'], msg: 'Extra inputs are not permitted', input: 'secret' },
      ],
    },
    'invalid_request',
    'body.user: Extra inputs are not permitted',
  ],
  [
    422,
    { object: 'error', type: 'invalid_request_error', message: { detail: [{ loc: ['body', 'n'], msg: 'Too many' }] } },
    'invalid_request',
    'body.n: Too many',
  ],
  [
    400,
    { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
    'model_not_found',
    'Invalid model: x',
  ],
  [
    429,
    { object: 'error', message: 'Service tier capacity exceeded for this model.', code: '3505' },
    'provider_overloaded',
    'Service tier capacity exceeded for this model.',
  ],
  [429, { message: 'Requests rate limit exceeded' }, 'rate_limited', 'Requests rate limit exceeded'],
  [
    400,
    { object: 'error', message: 'Logprobs are not enabled for this model', raw_status_code: 400, code: '3051' },
    'invalid_request',
    'Logprobs are not enabled for this model',
  ],
] as const)('oddity 37: an error of %i is told in many shapes: %j', (status, body, code, message) => {
  expect(failure(status, body)).toMatchObject({ code, message: `mistral: ${message}` })
})

test('oddity 39: Prompt contains too many tokens', () => {
  const message =
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length'
  expect(failure(400, { object: 'error', message, code: '3051' })).toMatchObject({ code: 'context_window_exceeded' })
})
