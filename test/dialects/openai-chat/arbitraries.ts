import fc from 'fast-check'
import type { AnswerPart, ChatRequest, ChatResponse, Choice, Message } from '../../../src/operations/chat/index.ts'

/** Everything that a response can say in this dialect, in the order in which the dialect says it. */
export const responses = (): fc.Arbitrary<ChatResponse> =>
  fc
    .tuple(
      record({
        id: fc.string(),
        model: fc.string(),
        created: optional(fc.integer({ min: 1 })),
        usage: usages,
        serviceTier: optional(fc.constantFrom('default', 'flex')),
        extensions: optional(own(unknownFields)),
      }),
      fc.array(choiceParts, { minLength: 1, maxLength: 3 }),
    )
    .map(([response, choices]) => ({
      ...response,
      choices: choices.map((choice, index) => ({ ...choice, index })),
    })) as fc.Arbitrary<ChatResponse>

/** Everything that a request can say in this dialect, to a provider that takes all of it. */
export const requests = (): fc.Arbitrary<ChatRequest> =>
  record({
    model: words,
    messages: fc.array(messages, { maxLength: 5 }),
    stream: optional(fc.boolean()),
    tools: optional(fc.array(tools, { maxLength: 3 })),
    toolChoice: optional(fc.oneof(fc.constantFrom('auto', 'none', 'required'), fc.record({ tool: words }))),
    output: optional(outputs),
    reasoning: optional(
      record({
        effort: optional(fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
        budgetTokens: optional(fc.nat()),
        visible: optional(fc.boolean()),
        extensions: optional(own(unknownFields)),
      }),
    ),
    maxOutputTokens: optional(fc.nat()),
    temperature: optional(fc.nat(2)),
    topP: optional(fc.constantFrom(0.1, 1)),
    topK: optional(fc.nat()),
    stop: optional(fc.array(words, { minLength: 1 })),
    seed: optional(fc.integer()),
    frequencyPenalty: optional(fc.integer({ min: -2, max: 2 })),
    presencePenalty: optional(fc.integer({ min: -2, max: 2 })),
    logitBias: optional(fc.dictionary(fc.nat().map(String), fc.integer({ min: -100, max: 100 }))),
    logprobs: optional(fc.boolean()),
    topLogprobs: optional(fc.nat(20)),
    n: optional(fc.integer({ min: 1, max: 5 })),
    serviceTier: optional(words),
    user: optional(words),
    metadata: optional(fc.dictionary(key, words)),
    store: optional(fc.boolean()),
    modalities: optional(fc.constant(['text', 'audio'])),
    parallelToolCalls: optional(fc.boolean()),
    extensions: optional(own(unknownFields)),
  } as Record<string, fc.Arbitrary<unknown>>).map((request) =>
    // We ask for usage: the request then says so.
    request['stream']
      ? {
          ...request,
          extensions: {
            'openai-chat': {
              ...(request['extensions'] as ChatRequest['extensions'])?.['openai-chat'],
              stream_options: { include_usage: true },
            },
          },
        }
      : request,
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<ChatRequest>

const words = fc.string({ minLength: 1, unit: 'grapheme' })
const key = fc.stringMatching(/^[a-z]{1,8}$/)
const unknownFields = fc.dictionary(
  key.map((name) => `x_${name}`),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant({ nested: [1, null] })),
  { minKeys: 1, maxKeys: 2 },
)
const json = fc.dictionary(key, fc.oneof(fc.string(), fc.integer())).map((value) => JSON.stringify(value))
const base64 = fc.base64String({ minLength: 8 })

/** A record in which what is undefined is absent. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc
    .record(model)
    .map((value) => Object.fromEntries(Object.entries(value as object).filter(([, field]) => field !== undefined)) as T)
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined })
}

function own(fields: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fields.map((value) => ({ 'openai-chat': value }))
}

/** Unknown fields of a node, and of the object inside it. */
function nested(name: string): fc.Arbitrary<Record<string, unknown>> {
  return own(
    fc
      .tuple(unknownFields, optional(unknownFields))
      .map(([outer, inner]) => (inner ? { ...outer, [name]: inner } : outer)),
  )
}

const foreignProof = fc.record({ origin: fc.constantFrom('anthropic-messages', 'gemini'), value: words })
const ownProof = fc.record({ origin: fc.constant('openai-chat'), value: fc.stringMatching(/^[A-Za-z0-9+/]{4,20}$/) })

const plainThought = record({ type: fc.constant('reasoning'), text: words })
const ownThoughts = fc.array(
  fc.oneof(
    record({
      type: fc.constant('reasoning'),
      text: words,
      signature: ownProof,
      extensions: optional(own(fc.record({ format: words, index: fc.nat(3) }))),
    }),
    record({
      type: fc.constant('reasoning'),
      text: fc.constant(''),
      signature: ownProof.map((proof) => ({ ...proof, encrypted: true })),
      extensions: optional(own(fc.record({ format: words, id: words }))),
    }),
  ),
  { maxLength: 3 },
)
const thoughts = fc.oneof(
  fc.constant([]),
  fc.tuple(plainThought),
  ownThoughts,
  fc.array(
    fc.oneof(
      record({ type: fc.constant('reasoning'), text: words, signature: foreignProof }),
      record({
        type: fc.constant('reasoning'),
        text: fc.constant(''),
        signature: foreignProof.map((proof) => ({ ...proof, encrypted: true })),
      }),
    ),
    { maxLength: 3 },
  ),
)

const citations = record({
  url: optional(words),
  title: optional(words),
  text: optional(words),
  start: optional(fc.nat()),
  end: optional(fc.nat()),
  extensions: optional(own(unknownFields)),
})

const answerText = record({
  type: fc.constant('text'),
  text: words,
  citations: optional(fc.array(citations, { minLength: 1, maxLength: 2 })),
  signature: optional(foreignProof),
})
const image = fc.record({
  type: fc.constant('image'),
  source: fc.oneof(
    fc.record({ type: fc.constant('base64'), data: base64, mediaType: fc.constantFrom('image/png', 'image/jpeg') }),
    fc.record({ type: fc.constant('url'), url: fc.webUrl() }),
  ),
})
const sound = record({
  type: fc.constant('audio'),
  source: base64.map((data) => ({ type: 'base64', data: `UklGR${data}`, mediaType: 'audio/wav' })),
  transcript: optional(words),
  extensions: optional(own(fc.record({ id: words, expires_at: fc.nat() }))),
})

function calls(signature: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> {
  return fc.uniqueArray(
    record({
      type: fc.constant('tool-call'),
      id: words,
      name: words,
      arguments: json,
      signature,
      extensions: optional(nested('function')),
    }),
    { maxLength: 3, selector: ({ id }) => id },
  )
}

const logprob = record({
  token: fc.string(),
  logprob: fc.integer({ max: 0 }),
  bytes: fc.oneof(fc.constant(null), fc.array(fc.nat(255))),
  top: optional(
    fc.array(fc.record({ token: fc.string(), logprob: fc.integer({ max: 0 }), bytes: fc.constant(null) }), {
      minLength: 1,
    }),
  ),
})

const choiceParts = fc
  .tuple(
    fc.tuple(
      thoughts,
      fc.array(answerText, { maxLength: 1 }),
      fc.array(record({ type: fc.constant('refusal'), text: words }), { maxLength: 1 }),
      fc.array(image, { maxLength: 2 }),
      calls(optional(foreignProof)),
      fc.array(sound, { maxLength: 1 }),
    ),
    fc.constantFrom('natural', 'length', 'content-filter', 'error'),
    record({
      logprobs: optional(fc.array(logprob, { minLength: 1, maxLength: 3 })),
      stopSequence: optional(words),
      extensions: optional(nested('message')),
    }),
  )
  .map(([content, ending, rest]) => {
    const finishReason = ending !== 'natural' ? ending : content[4].length > 0 ? 'tool-calls' : 'stop'
    return {
      content: content.flat() as AnswerPart[],
      finishReason,
      rawFinishReason: finishReason.replace('-', '_'),
      ...rest,
    } as Omit<Choice, 'index'>
  })

const usages = fc.oneof(
  fc.constant({}),
  record({
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
    cachedInputTokens: optional(fc.nat()),
    cacheWriteTokens: optional(fc.nat()),
    reasoningTokens: optional(fc.nat()),
    audioInputTokens: optional(fc.nat()),
    audioOutputTokens: optional(fc.nat()),
    extensions: optional(nested('prompt_tokens_details')),
  }),
)

const cache = optional(fc.oneof(fc.constant({}), fc.record({ ttl: fc.constantFrom('5m', '1h') })))
const text = record({ type: fc.constant('text'), text: words, cache, extensions: optional(own(unknownFields)) })
const inputParts = fc.array(
  fc.oneof(
    text,
    record({
      type: fc.constant('image'),
      source: image.map(({ source }) => source),
      detail: optional(fc.constantFrom('auto', 'low', 'high')),
      cache,
      extensions: optional(nested('image_url')),
    }),
    record({
      type: fc.constant('audio'),
      source: fc.record({
        type: fc.constant('base64'),
        data: base64,
        mediaType: fc.constantFrom('audio/mpeg', 'audio/wav'),
      }),
      cache,
      extensions: optional(nested('input_audio')),
    }),
    record({
      type: fc.constant('file'),
      source: fc.record({ type: fc.constant('file-id'), id: words }),
      name: optional(words),
      cache,
      extensions: optional(nested('file')),
    }),
    record({
      type: fc.constant('file'),
      source: fc.record({ type: fc.constant('base64'), data: base64, mediaType: fc.constant('application/pdf') }),
      name: words,
      cache,
      extensions: optional(nested('file')),
    }),
    fc.record({ type: fc.constant('video'), source: fc.record({ type: fc.constant('url'), url: fc.webUrl() }) }),
    fc.record({
      type: fc.constant('extension'),
      dialect: fc.constant('openai-chat'),
      value: fc.record({ type: fc.constant('x_custom'), x: fc.integer() }),
    }),
  ),
  { maxLength: 4 },
)

const messages = fc.oneof(
  record({
    role: fc.constantFrom('system', 'developer', 'user'),
    content: inputParts,
    name: optional(words),
    extensions: optional(own(unknownFields)),
  }),
  record({
    role: fc.constant('assistant'),
    content: fc
      .tuple(
        fc.oneof(fc.tuple(plainThought), ownThoughts),
        fc.array(text, { maxLength: 2 }),
        fc.array(record({ type: fc.constant('refusal'), text: words }), { maxLength: 1 }),
        calls(fc.constant(undefined)),
      )
      .map((parts) => parts.flat()),
    name: optional(words),
    extensions: optional(own(unknownFields)),
  }),
  record({
    role: fc.constant('tool'),
    content: fc.tuple(
      record({
        type: fc.constant('tool-result'),
        id: words,
        name: optional(words),
        content: fc.oneof(fc.string(), fc.array(text, { minLength: 2, maxLength: 3 })),
        cache,
      }),
    ),
    extensions: optional(own(unknownFields)),
  }),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Message>

const schema = fc.constant({ type: 'object', properties: { a: { type: 'string' } } })
const tools = fc.oneof(
  record({
    type: fc.constant('function'),
    name: words,
    description: optional(fc.string()),
    parameters: optional(schema),
    strict: optional(fc.boolean()),
    cache,
    extensions: optional(nested('function')),
  }),
  fc.record({
    type: fc.constant('hosted'),
    dialect: fc.constant('openai-chat'),
    value: fc.record({ type: fc.constant('web_search'), x: fc.integer() }),
  }),
)
const outputs = fc.oneof(
  fc.constant({ type: 'text' }),
  fc.constant({ type: 'json' }),
  record({
    type: fc.constant('json-schema'),
    schema,
    name: words,
    description: optional(words),
    strict: optional(fc.boolean()),
    extensions: optional(nested('json_schema')),
  }),
)
