import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BedrockConverseQuirks, bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts'
import type { AnswerPart, ChatRequest, MediaPart, Message, Part } from '../../../src/operations/chat/index.ts'
import { answer, target } from './wire.ts'

const claude = target.model
const question: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

function encode(request: Partial<ChatRequest> = {}, model: string = claude, quirks: BedrockConverseQuirks = {}) {
  const wire = bedrockConverse.upstream.encode(
    { model, messages: [question], ...request },
    { provider: 'test', model, quirks },
  )
  // What is sent is JSON.
  return { ...wire, body: JSON.parse(JSON.stringify(wire.body)) as Record<string, unknown> }
}

/** The content of a user's message, as it goes out. */
function contentOf(parts: readonly Part[], model?: string) {
  const { body, warnings } = encode({ messages: [{ role: 'user', content: parts }] }, model)
  const [message] = body['messages'] as { content: unknown[] }[]
  return { content: message?.content, warnings }
}

const fields = (request: Partial<ChatRequest>, model?: string) => {
  const { body, warnings } = encode(request, model)
  return { more: body['additionalModelRequestFields'], inference: body['inferenceConfig'], warnings }
}

test('the model and the stream stand in the path', () => {
  expect(encode({}).path).toBe('/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse')
  expect(encode({ stream: true }).path).toBe('/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream')
  expect(encode({}, 'arn:aws:bedrock:us-east-1:1:application-inference-profile/x').path).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fx/converse',
  )
  expect(encode({}).body).toEqual({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] })
})

test('what all models take has a name of its own', () => {
  const { body, warnings } = encode({
    messages: [{ role: 'system', content: [{ type: 'text', text: 'Be brief.' }] }, question],
    maxOutputTokens: 100,
    temperature: 0.5,
    stop: ['END', ' '],
    metadata: { team: 'search' },
    serviceTier: 'flex',
  })
  expect(body).toEqual({
    system: [{ text: 'Be brief.' }],
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ['END'] },
    requestMetadata: { team: 'search' },
    serviceTier: { type: 'flex' },
  })
  expect(warnings).toEqual(['A stop sequence of white space was left out.'])
})

test('what this API cannot say is left out, with a word', () => {
  const { body, warnings } = encode({
    n: 2,
    seed: 1,
    user: 'u',
    logprobs: true,
    output: { type: 'json' },
    serviceTier: 'scale',
    parallelToolCalls: false,
    tools: [{ type: 'function', name: 'f' }],
    temperature: 2,
  })
  expect(Object.keys(body).sort()).toEqual(['inferenceConfig', 'messages', 'toolConfig'])
  expect(body['inferenceConfig']).toEqual({ temperature: 1 })
  expect(warnings).toHaveLength(8)
  expect(encode({ n: 1, frequencyPenalty: 0, store: false, modalities: ['text'] }).warnings).toBeUndefined()
})

test('the fields of this dialect’s own are sent, and join those that were made', () => {
  const { body } = encode({
    topK: 5,
    extensions: {
      'bedrock-converse': {
        additionalModelRequestFields: { anthropic_beta: ['x'] },
        additionalModelResponseFieldPaths: ['/stop_sequence'],
        guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
        performanceConfig: { latency: 'optimized' },
      },
      'openai-chat': { novelty: 1 },
    },
  })
  expect(body).toMatchObject({
    additionalModelRequestFields: { top_k: 5, anthropic_beta: ['x'] },
    additionalModelResponseFieldPaths: ['/stop_sequence'],
    guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
    performanceConfig: { latency: 'optimized' },
  })
  expect(body).not.toHaveProperty('novelty')
})

test('an answer is held to a schema, whose objects are closed', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } }
  const { body, warnings } = encode({ output: { type: 'json-schema', schema, name: 'count' } })
  const { textFormat } = body['outputConfig'] as {
    textFormat: { type: string; structure: { jsonSchema: { name: string; schema: string } } }
  }
  expect(textFormat.type).toBe('json_schema')
  expect(textFormat.structure.jsonSchema.name).toBe('count')
  expect(JSON.parse(textFormat.structure.jsonSchema.schema)).toEqual({
    type: 'object',
    properties: { n: { type: 'integer', description: '{minimum: 1}' } },
    additionalProperties: false,
  })
  expect(warnings).toBeUndefined()
})

test('turns alternate, the results of tools come first, and nothing blank is sent', () => {
  const { body, warnings } = encode({
    messages: [
      question,
      {
        role: 'assistant',
        content: [
          { type: 'text', text: ' ' },
          { type: 'tool-call', id: 'a:1', name: 'f', arguments: '' },
          { type: 'tool-call', id: 'b', name: 'g', arguments: '{"x":' },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', id: 'a:1', content: 'one' }] },
      { role: 'developer', content: [{ type: 'text', text: 'Hurry.' }] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', id: 'b', isError: true, content: [{ type: 'text', text: 'two' }], cache: {} }],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'So ' }] },
    ],
    tools: [
      { type: 'function', name: 'f' },
      { type: 'function', name: 'g' },
    ],
  })
  expect(body['messages']).toEqual([
    { role: 'user', content: [{ text: 'Hi' }] },
    {
      role: 'assistant',
      content: [
        { toolUse: { toolUseId: 'a_1', name: 'f', input: {} } },
        { toolUse: { toolUseId: 'b', name: 'g', input: { INVALID_JSON: '{"x":' } } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'a_1', content: [{ text: 'one' }] } },
        { toolResult: { toolUseId: 'b', content: [{ text: 'two' }], status: 'error' } },
        { cachePoint: { type: 'default' } },
        { text: '<system>\nHurry.\n</system>' },
      ],
    },
    { role: 'assistant', content: [{ text: 'So' }] },
  ])
  expect(warnings).toEqual(['The role of a late system message was left out: it went out as the user’s.'])
})

test('a system message that is all there is goes out as the user’s: Bedrock refuses a request without messages', () => {
  const { body, warnings } = encode({ messages: [{ ...question, role: 'system' }] })
  expect(body).toEqual({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] })
  expect(warnings).toHaveLength(1)
})

test('an id that is longer than Bedrock takes is the same in the call and in its result', () => {
  const id = `call_${'x'.repeat(90)}`
  const { body } = encode({
    messages: [
      question,
      { role: 'assistant', content: [{ type: 'tool-call', id, name: 'f', arguments: '{}' }] },
      { role: 'tool', content: [{ type: 'tool-result', id, content: '' }] },
    ],
    tools: [{ type: 'function', name: 'f' }],
  })
  const ids = [...JSON.stringify(body).matchAll(/"toolUseId":"([\w-]+)"/g)].map(([, found]) => found)
  expect(ids).toEqual([ids[0], ids[0]])
  expect(ids[0]).toHaveLength(64)
})

test('tools are declared, strict ones closed', () => {
  const { body } = encode({
    tools: [
      {
        type: 'function',
        name: 'f',
        description: '',
        parameters: { properties: { x: { type: 'string' } } },
        cache: {},
      },
      { type: 'function', name: 'g', parameters: { type: 'object', properties: {} }, strict: true },
      { type: 'hosted', dialect: 'bedrock-converse', value: { systemTool: { name: 'nova_grounding' } } },
    ],
    toolChoice: { tool: 'f' },
  })
  expect(body['toolConfig']).toEqual({
    tools: [
      { toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: { x: { type: 'string' } } } } } },
      { cachePoint: { type: 'default' } },
      {
        toolSpec: {
          name: 'g',
          inputSchema: { json: { type: 'object', properties: {}, additionalProperties: false } },
          strict: true,
        },
      },
      { systemTool: { name: 'nova_grounding' } },
    ],
    toolChoice: { tool: { name: 'f' } },
  })
})

test.each([
  ['auto', { auto: {} }],
  ['required', { any: {} }],
  [undefined, undefined],
] as const)('the tool choice %j is %j', (toolChoice, expected) => {
  const tools = [{ type: 'function', name: 'f' }] as const
  const { toolChoice: sent } = encode({ tools, toolChoice }).body['toolConfig'] as { toolChoice?: unknown }
  expect(sent).toEqual(expected)
})

test('where no tool is to be called none is declared, unless the conversation has calls', () => {
  const tools = [{ type: 'function', name: 'f' }] as const
  const called: Message[] = [
    question,
    { role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'old', arguments: '{}' }] },
    { role: 'tool', content: [{ type: 'tool-result', id: 'a', content: 'x' }] },
  ]
  const first = encode({ tools, toolChoice: 'none' })
  expect(first.body).not.toHaveProperty('toolConfig')
  expect(first.warnings).toBeUndefined()

  const kept = encode({ tools, toolChoice: 'none', messages: called })
  expect(kept.body['toolConfig']).toEqual({
    tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }],
  })
  expect(kept.warnings).toHaveLength(1)

  const bare = encode({ messages: called })
  expect(bare.body['toolConfig']).toEqual({
    tools: [{ toolSpec: { name: 'old', inputSchema: { json: { type: 'object' } } } }],
  })
  expect(bare.warnings).toHaveLength(1)
})

test('a hosted tool of another dialect is left out', () => {
  const { body, warnings } = encode({ tools: [{ type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } }] })
  expect(body).not.toHaveProperty('toolConfig')
  expect(warnings).toEqual(['A tool that only gemini has was left out.'])
})

const base64 = (type: MediaPart['type'], mediaType: string, name?: string): MediaPart => ({
  type,
  source: { type: 'base64', data: 'AAAA', mediaType },
  ...(name !== undefined && { name }),
})

test.each([
  [base64('image', 'image/jpeg'), { image: { format: 'jpeg', source: { bytes: 'AAAA' } } }],
  [base64('file', 'image/png'), { image: { format: 'png', source: { bytes: 'AAAA' } } }],
  [base64('video', 'video/3gpp'), { video: { format: 'three_gp', source: { bytes: 'AAAA' } } }],
  [base64('audio', 'audio/x-wav'), { audio: { format: 'wav', source: { bytes: 'AAAA' } } }],
  [
    base64('file', 'text/plain; charset=utf-8'),
    { document: { format: 'txt', name: 'document', source: { bytes: 'AAAA' } } },
  ],
  [base64('file', 'text/x-python'), { document: { format: 'txt', name: 'document', source: { bytes: 'AAAA' } } }],
  [
    { type: 'file', source: { type: 'text', text: 'Grüß' }, name: 'a.md' } as const,
    { document: { format: 'txt', name: 'a', source: { bytes: 'R3LDvMOf' } } },
  ],
  [
    { type: 'image', source: { type: 'url', url: 'data:image/webp;base64,AAAA' } } as const,
    { image: { format: 'webp', source: { bytes: 'AAAA' } } },
  ],
  [
    { type: 'video', source: { type: 'url', url: 's3://bucket/film.mp4' } } as const,
    { video: { format: 'mp4', source: { s3Location: { uri: 's3://bucket/film.mp4' } } } },
  ],
  [
    { type: 'file', source: { type: 'file-id', id: 's3://bucket/x', mediaType: 'application/pdf' } } as const,
    { document: { format: 'pdf', name: 'document', source: { s3Location: { uri: 's3://bucket/x' } } } },
  ],
] as const)('media are sent as bytes or from S3: %j', (part, block) => {
  const look = { type: 'text', text: 'Look' } as const
  expect(contentOf([look, part])).toEqual({ content: [{ text: 'Look' }, block], warnings: undefined })
})

test.each([
  [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
  [{ type: 'file', source: { type: 'file-id', id: 'file-1' } }],
  [base64('file', 'application/zip')],
] as const)('what Bedrock cannot fetch or read is left out, with a word: %j', (part) => {
  const { content, warnings } = contentOf([{ type: 'text', text: 'Look' }, part])
  expect(content).toEqual([{ text: 'Look' }])
  expect(warnings).toHaveLength(1)
  expect(warnings![0]).not.toContain('example.com')
})

const attached = { text: 'See attached document(s).' }

test('a document without a text goes out with one, which Bedrock wants, behind the results of tools', () => {
  const pdf = base64('file', 'application/pdf')
  const document = { document: { format: 'pdf', name: 'document', source: { bytes: 'AAAA' } } }
  const { content, warnings } = contentOf([
    { type: 'text', text: ' ' },
    { ...pdf, cache: {} },
  ])
  expect(content).toEqual([attached, document, { cachePoint: { type: 'default' } }])
  expect(warnings).toEqual([expect.stringContaining('Bedrock wants one')])

  const result = { type: 'tool-result', id: 'a', content: 'Read.' } as const
  expect(contentOf([pdf, result]).content).toMatchObject([{ toolResult: {} }, attached, document])
  expect(contentOf([base64('image', 'image/png')]).content).toHaveLength(1)
  // What is said elsewhere in the same turn will do.
  const turn = [{ role: 'user', content: [pdf] } as const, question]
  expect(encode({ messages: turn }).body['messages']).toEqual([{ role: 'user', content: [document, { text: 'Hi' }] }])
})

test('documents have names that Bedrock takes, each its own', () => {
  const names = ['report.pdf', 'report.pdf', 'Q1/Q2  (final)_v2.pdf', undefined, '日本.pdf']
  const { content } = contentOf(names.map((name) => base64('file', 'application/pdf', name)))
  const [, ...documents] = content as { document: { name: string } }[]
  expect(documents.map(({ document }) => document.name)).toEqual([
    'report',
    'report-2',
    'Q1-Q2 (final)-v2',
    'document',
    '--',
  ])
})

test('what a document has of this dialect’s own goes with it', () => {
  const citing = {
    ...base64('file', 'application/pdf'),
    extensions: { 'bedrock-converse': { citations: { enabled: true } } },
  }
  expect(contentOf([citing]).content).toEqual([
    attached,
    {
      document: { citations: { enabled: true }, format: 'pdf', source: { bytes: 'AAAA' }, name: 'document' },
    },
  ])
})

test('results of tools may hold pictures and what only Bedrock has', () => {
  const json = { type: 'extension', dialect: 'bedrock-converse', value: { json: { x: 1 } } } as const
  const content = [{ type: 'text', text: 'See' } as const, base64('image', 'image/png'), json]
  expect(contentOf([{ type: 'tool-result', id: 'a', content }]).content).toEqual([
    {
      toolResult: {
        toolUseId: 'a',
        content: [{ text: 'See' }, { image: { format: 'png', source: { bytes: 'AAAA' } } }, { json: { x: 1 } }],
      },
    },
  ])
})

test('cache marks become cache points where the model has a cache', () => {
  const parts = [{ type: 'text', text: 'Long.', cache: { ttl: '1h' } }] as const
  expect(contentOf(parts).content).toEqual([{ text: 'Long.' }, { cachePoint: { type: 'default', ttl: '1h' } }])
  expect(contentOf(parts, 'us.amazon.nova-pro-v1:0').content).toEqual([
    { text: 'Long.' },
    { cachePoint: { type: 'default' } },
  ])
  expect(contentOf(parts, 'us.meta.llama3-3-70b-instruct-v1:0').content).toEqual([{ text: 'Long.' }])
})

test('thoughts go back only to the dialect that signed them', () => {
  const thought = (origin: string | undefined, encrypted?: true): Part => ({
    type: 'reasoning',
    text: encrypted ? '' : 'Hm.',
    ...(origin && { signature: { origin, value: 'proof', encrypted } }),
  })
  const { body } = encode({
    messages: [
      question,
      {
        role: 'assistant',
        content: [
          thought('bedrock-converse'),
          thought('bedrock-converse', true),
          thought('anthropic-messages'),
          thought(undefined),
        ],
      },
      question,
    ],
  })
  expect((body['messages'] as { content: unknown }[])[1]!.content).toEqual([
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'proof' } } },
    { reasoningContent: { redactedContent: 'proof' } },
  ])
})

const adaptive = (effort: string) => ({ thinking: { type: 'adaptive' }, output_config: { effort } })
const budget = (budget_tokens: number) => ({ thinking: { type: 'enabled', budget_tokens } })

test.each([
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'low', budget(2048), { maxTokens: 2048 + 4096 }],
  ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', 'high', budget(16_384), { maxTokens: 16_384 + 4096 }],
  ['us.anthropic.claude-sonnet-4-6', 'high', adaptive('high'), undefined],
  ['us.anthropic.claude-sonnet-5', 'minimal', adaptive('low'), undefined],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'none', { thinking: { type: 'disabled' } }, undefined],
  [
    'us.amazon.nova-2-lite-v1:0',
    'medium',
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
    undefined,
  ],
  ['us.amazon.nova-2-lite-v1:0', 'none', { reasoningConfig: { type: 'disabled' } }, undefined],
  ['openai.gpt-oss-120b-1:0', 'xhigh', { reasoning_effort: 'high' }, undefined],
  ['qwen.qwen3-32b-v1:0', 'low', { reasoning_config: 'low' }, undefined],
  ['us.meta.llama3-3-70b-instruct-v1:0', 'none', undefined, undefined],
] as const)('%s thinks at the effort %s in words of its own', (model, effort, more, inference) => {
  expect(fields({ reasoning: { effort } }, model)).toEqual({ more, inference, warnings: undefined })
})

test('a model without a known word for thinking is not asked to', () => {
  const { more, warnings } = fields({ reasoning: { effort: 'high' } }, 'us.meta.llama3-3-70b-instruct-v1:0')
  expect(more).toBeUndefined()
  expect(warnings).toHaveLength(1)
  expect(fields({ reasoning: { effort: 'low' } }, 'anthropic.claude-3-haiku-20240307-v1:0').warnings).toHaveLength(1)
})

test('a budget leaves a fifth of the limit, and a limit is never lifted', () => {
  expect(fields({ reasoning: { effort: 'high' }, maxOutputTokens: 10_000 })).toMatchObject({
    more: budget(8000),
    inference: { maxTokens: 10_000 },
  })
  expect(fields({ reasoning: { effort: 'low' }, maxOutputTokens: 500 })).toMatchObject({
    more: undefined,
    inference: { maxTokens: 500 },
    warnings: ['Thinking was left out: the limit is too low.'],
  })
  const nova = fields({ reasoning: { effort: 'high' }, maxOutputTokens: 500 }, 'us.amazon.nova-2-lite-v1:0')
  expect(nova).toMatchObject({
    more: { reasoningConfig: { maxReasoningEffort: 'medium' } },
    inference: { maxTokens: 500 },
  })
  expect(nova.warnings).toHaveLength(1)
})

test('Claude does not think where a tool is forced, or in a turn that began without', () => {
  const tools = [{ type: 'function', name: 'f' }] as const
  const reasoning = { effort: 'low' } as const
  expect(fields({ reasoning, tools, toolChoice: 'required' }).more).toBeUndefined()
  const turn = (thought: Part[]): Message[] => [
    question,
    { role: 'assistant', content: [...thought, { type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }] },
    { role: 'tool', content: [{ type: 'tool-result', id: 'a', content: 'x' }] },
  ]
  expect(fields({ reasoning, tools, messages: turn([]) }).more).toBeUndefined()
  const signature = { origin: 'bedrock-converse', value: 'proof' }
  expect(fields({ reasoning, tools, messages: turn([{ type: 'reasoning', text: 'Hm.', signature }]) }).more).toEqual(
    budget(2048),
  )
})

test('sampling goes only where it is taken', () => {
  const sampling = { temperature: 0.2, topP: 0.9, topK: 5 }
  expect(fields(sampling)).toMatchObject({ inference: { temperature: 0.2 }, more: { top_k: 5 } })
  expect(fields(sampling).warnings).toHaveLength(1)
  expect(fields({ ...sampling, reasoning: { effort: 'low' } })).toMatchObject({ more: budget(2048) })
  expect(fields({ ...sampling, reasoning: { effort: 'low' } }).inference).toEqual({ maxTokens: 2048 + 4096 })
  expect(fields(sampling, 'us.anthropic.claude-sonnet-5')).toMatchObject({ inference: undefined, more: undefined })
  expect(fields(sampling, 'us.amazon.nova-lite-v1:0')).toEqual({
    inference: { temperature: 0.2, topP: 0.9 },
    more: { inferenceConfig: { topK: 5 } },
    warnings: undefined,
  })
  const nova = fields({ ...sampling, reasoning: { effort: 'high' } }, 'us.amazon.nova-2-lite-v1:0')
  expect(nova.inference).toBeUndefined()
  expect(fields({ topK: 5 }, 'us.meta.llama3-3-70b-instruct-v1:0').warnings).toHaveLength(1)
})

test('a deployment with a name of its own behaves like the model it is said to', () => {
  const arn = 'arn:aws:bedrock:us-east-1:1:application-inference-profile/x'
  const reasoning = { effort: 'low' } as const
  expect(encode({ reasoning }, arn).warnings).toHaveLength(1)
  expect(encode({ reasoning }, arn, { behavesLike: 'claude-sonnet-4-6' }).body).toMatchObject({
    additionalModelRequestFields: adaptive('low'),
  })
})

const sayable = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '')
const id = fc.stringMatching(/^[\w-]{1,64}$/)
/** As JSON brings it, which has no -0. */
const input = fc
  .dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue(),
    { maxKeys: 3 },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as object)
const citation = fc.record(
  {
    title: sayable,
    source: sayable,
    sourceContent: fc.array(fc.record({ text: sayable }), { minLength: 1 }),
    location: fc.constant({ documentPage: { documentIndex: 0, start: 1, end: 2 } }),
  },
  { requiredKeys: ['location'] },
)
const block = fc.oneof(
  sayable.map((text) => ({ text })),
  fc
    .record({ text: fc.string(), signature: sayable })
    .map((reasoningText) => ({ reasoningContent: { reasoningText } })),
  fc.base64String({ minLength: 4 }).map((redactedContent) => ({ reasoningContent: { redactedContent } })),
  fc.record({ toolUseId: id, name: id, input }).map((toolUse) => ({ toolUse })),
  fc.record({ toolUseId: id, name: id, input, type: fc.constant('server_tool_use') }).map((toolUse) => ({ toolUse })),
  fc.record({ toolUseId: id, content: fc.constant([{ json: { x: 1 } }]) }).map((toolResult) => ({ toolResult })),
  fc
    .tuple(sayable, fc.array(citation, { minLength: 1 }))
    .map(([text, citations]) => ({ citationsContent: { content: [{ text }], citations } })),
)

test('what a model said goes back to it as it came', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), (blocks) => {
      const { content } = bedrockConverse.upstream.decode(answer(blocks), target).choices[0]!
      const sent = encode({ messages: [question, { role: 'assistant', content: content as AnswerPart[] }, question] })
      const [, said] = sent.body['messages'] as { content: unknown[] }[]
      expect(said!.content).toEqual(JSON.parse(JSON.stringify(blocks)))
    }),
  )
})
