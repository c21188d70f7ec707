import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import type { ChatRequest, Message, Reasoning } from '../../../src/operations/chat/index.ts'

const downstream = anthropicMessages.downstream!
const question: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

function encode(reasoning: Reasoning | undefined, model: string, request: Partial<ChatRequest> = {}) {
  const { body, warnings } = anthropicMessages.upstream.encode(
    { model, messages: [question], ...(reasoning && { reasoning }), ...request },
    { provider: 'test', model, quirks: {} },
  )
  return { thinking: body['thinking'], config: body['output_config'], max: body['max_tokens'], warnings, body }
}

test('a word of effort stands for a budget where a model counts tokens, and the limit grows with it', () => {
  expect(encode({ effort: 'low' }, 'claude-haiku-4-5')).toMatchObject({
    thinking: { type: 'enabled', budget_tokens: 2048 },
    max: 4096 + 2048,
    config: undefined,
  })
  expect(encode({ effort: 'high' }, 'claude-3-7-sonnet-20250219', { maxOutputTokens: 10_000 })).toMatchObject({
    thinking: { type: 'enabled', budget_tokens: 8000 },
    max: 10_000,
  })
})

test('a budget stands for a word of effort where a model thinks adaptively', () => {
  expect(encode({ budgetTokens: 10_000 }, 'claude-opus-4-7')).toMatchObject({
    thinking: { type: 'adaptive' },
    config: { effort: 'medium' },
  })
  expect(encode({ budgetTokens: 10_000 }, 'claude-opus-4-6').thinking).toEqual({
    type: 'enabled',
    budget_tokens: 10_000,
  })
  expect(encode({ effort: 'minimal' }, 'claude-sonnet-5').config).toEqual({ effort: 'low' })
  expect(encode({ effort: 'xhigh' }, 'claude-opus-4-7').config).toEqual({ effort: 'xhigh' })
  expect(encode({ effort: 'xhigh' }, 'claude-opus-4-6')).toMatchObject({ config: { effort: 'high' }, warnings: [{}] })
})

test.each([
  ['claude-3-5-sonnet-20241022', 'enabled'],
  ['claude-opus-4-20250514', 'enabled'],
  ['claude-opus-4-1@20250805', 'enabled'],
  ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'enabled'],
  ['claude-opus-4-6', 'adaptive'],
  ['claude-opus-4.7', 'adaptive'],
  ['claude-4.7-opus', 'adaptive'],
  ['claude-opus-4-10', 'adaptive'],
  ['claude-sonnet-5', 'adaptive'],
  ['claude-opus-5-5-20260922', 'adaptive'],
  ['claude-fable-5', 'adaptive'],
  ['claude-mythos-preview', 'adaptive'],
  ['kimi-k3', 'enabled'],
])('the generation in a name tells how to ask for thoughts: %s', (model, type) => {
  expect(encode({ effort: 'high' }, model).thinking).toMatchObject({ type })
})

test('a deployment with a name of its own thinks like the model it is said to behave like', () => {
  const { body } = anthropicMessages.upstream.encode(
    { model: 'prod-7', messages: [question], reasoning: { effort: 'high' } },
    { provider: 'azure', model: 'prod-7', quirks: { behavesLike: 'claude-opus-4-7' } },
  )
  expect(body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } })
})

test('thinking is switched off where that can be done, and lowered elsewhere', () => {
  expect(encode({ effort: 'none' }, 'claude-opus-5').thinking).toEqual({ type: 'disabled' })
  const { thinking, config, warnings } = encode({ effort: 'none' }, 'claude-opus-5-5')
  expect({ thinking, config }).toEqual({ thinking: undefined, config: { effort: 'low' } })
  expect(warnings).toHaveLength(1)
})

test('whether thoughts are seen is said where a model knows the question', () => {
  expect(encode({ effort: 'high', visible: true }, 'claude-opus-4-7').thinking).toEqual({
    type: 'adaptive',
    display: 'summarized',
  })
  expect(encode({ effort: 'high', visible: false }, 'claude-opus-4-7').thinking).toEqual({
    type: 'adaptive',
    display: 'omitted',
  })
  expect(encode({ effort: 'low', visible: true }, 'claude-haiku-4-5').thinking).toEqual({
    type: 'enabled',
    budget_tokens: 2048,
  })
  expect(encode({ visible: true }, 'claude-opus-4-7').thinking).toBeUndefined()
})

test('a limit too small for any thought leaves thinking out', () => {
  const { thinking, max, warnings } = encode({ effort: 'high' }, 'claude-haiku-4-5', { maxOutputTokens: 1000 })
  expect({ thinking, max }).toEqual({ thinking: undefined, max: 1000 })
  expect(warnings).toHaveLength(1)
  expect(encode({ budgetTokens: 5000 }, 'claude-haiku-4-5', { maxOutputTokens: 3000 }).thinking).toMatchObject({
    budget_tokens: 2999,
  })
})

test('a budget is always at least 1024 and less than the limit', () => {
  const effort = fc.constantFrom('minimal', 'low', 'medium', 'high', 'xhigh', 'max')
  const amount = fc.oneof(fc.record({ effort }), fc.record({ budgetTokens: fc.nat(200_000) }))
  fc.assert(
    fc.property(amount, fc.option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined }), (reasoning, limit) => {
      const { thinking, max } = encode(
        reasoning as Reasoning,
        'claude-haiku-4-5',
        limit ? { maxOutputTokens: limit } : {},
      )
      const budget = (thinking as { budget_tokens: number } | undefined)?.budget_tokens
      if (budget === undefined) expect(limit).toBeLessThan(1281)
      else {
        expect(budget).toBeGreaterThanOrEqual(1024)
        expect(budget).toBeLessThan(max as number)
      }
    }),
  )
})

test('thinking gives way to a forced tool, and sampling gives way to thinking', () => {
  const tools = [{ type: 'function' as const, name: 'f', parameters: { type: 'object' } }]
  const forced = encode({ effort: 'high' }, 'claude-sonnet-4-6', { tools, toolChoice: 'required' })
  expect(forced).toMatchObject({ thinking: undefined, config: { effort: 'high' } })
  expect(forced.warnings).toHaveLength(1)
  const sampled = encode({ effort: 'high' }, 'claude-sonnet-4-6', { temperature: 0.2, topP: 0.96, topK: 5 })
  expect(sampled.body).toMatchObject({ top_p: 0.96 })
  expect(sampled.body).not.toHaveProperty('temperature')
  expect(sampled.body).not.toHaveProperty('top_k')
  expect(sampled.warnings).toHaveLength(1)
})

const call = { type: 'tool-call' as const, id: 'a', name: 'f', arguments: '{}' }
const result: Message = { role: 'tool', content: [{ type: 'tool-result', id: 'a', content: 'ok' }] }
const thought = (origin: string) => ({ type: 'reasoning' as const, text: 'hm', signature: { origin, value: 's' } })

test('thoughts go back with their signatures, redacted ones as they came, foreign and unsigned ones not at all', () => {
  const { body } = encode({ budgetTokens: 2000 }, 'claude-haiku-4-5', {
    messages: [
      question,
      {
        role: 'assistant',
        content: [
          thought('anthropic-messages'),
          { type: 'reasoning', text: '', signature: { origin: 'anthropic-messages', value: 'd', encrypted: true } },
          thought('gemini'),
          { type: 'reasoning', text: 'unsigned' },
          call,
        ],
      },
      result,
    ],
  })
  expect((body['messages'] as { content: unknown }[])[1]!.content).toEqual([
    { type: 'thinking', thinking: 'hm', signature: 's' },
    { type: 'redacted_thinking', data: 'd' },
    { type: 'tool_use', id: 'a', name: 'f', input: {} },
  ])
  expect(body['thinking']).toBeDefined()
})

test('a turn with tools whose thoughts lost their signature goes on without thinking', () => {
  const messages = (origin: string): Message[] => [
    question,
    { role: 'assistant', content: [thought(origin), call] },
    result,
  ]
  const lost = encode({ effort: 'high' }, 'claude-haiku-4-5', { messages: messages('gemini') })
  expect(lost.thinking).toBeUndefined()
  expect(lost.warnings).toHaveLength(1)
  expect(
    encode({ effort: 'high' }, 'claude-haiku-4-5', { messages: messages('anthropic-messages') }).thinking,
  ).toBeDefined()
  // Adaptive thinking does not ask for the thoughts of the turn.
  expect(encode({ effort: 'high' }, 'claude-opus-4-7', { messages: messages('gemini') }).thinking).toBeDefined()
})

test('only the first answer of a turn with several rounds of tools must begin with a thought', () => {
  const messages: Message[] = [
    question,
    { role: 'assistant', content: [thought('anthropic-messages'), call] },
    result,
    { role: 'assistant', content: [call] },
    result,
  ]
  expect(encode({ effort: 'low' }, 'claude-haiku-4-5', { messages }).thinking).toBeDefined()
  const over: Message[] = [
    question,
    { role: 'assistant', content: [call] },
    result,
    { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] },
    question,
  ]
  expect(encode({ effort: 'low' }, 'claude-haiku-4-5', { messages: over }).thinking).toBeDefined()
})

test.each([
  [{ thinking: { type: 'enabled', budget_tokens: 2000 } }],
  [{ thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' }, output_config: { effort: 'low' } }],
  [{ thinking: { type: 'adaptive' } }],
  [{ thinking: { type: 'adaptive', display: 'summarized', new_field: 1 }, output_config: { effort: 'max' } }],
  [{ thinking: { type: 'disabled' } }],
  [{ thinking: { type: 'disabled' }, output_config: { effort: 'medium' } }],
  [{ thinking: { type: 'between_tools' } }],
  [{ output_config: { effort: 'medium' } }],
])('what an application says about thinking reaches a model that takes it as it was: %j', (said) => {
  const request = downstream.decode({ model: 'm', max_tokens: 4000, messages: [], ...said }, {})
  const { body } = encode(request.reasoning, 'claude-opus-4-6', { maxOutputTokens: 4000 })
  const { thinking, output_config } = body
  expect({ ...(thinking ? { thinking } : {}), ...(output_config ? { output_config } : {}) }).toEqual(said)
})
