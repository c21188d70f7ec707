import fc from 'fast-check'
import type {
  AnswerPart,
  ChatRequest,
  ChatResponse,
  Message,
  Part,
  ToolResultPart,
} from '../../../src/operations/chat/index.ts'

const dialect = 'anthropic-messages'

/** Text that Anthropic takes: not blank, and without white space at its end. */
const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((value) => value.trim() === value && value !== '')
const word = fc.stringMatching(/^[a-z_]{1,8}$/)
const identifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/)
const count = fc.nat(100_000)
const opaque = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()))
const fields = fc.dictionary(
  word.map((name) => `x_${name}`),
  opaque,
  { minKeys: 1, maxKeys: 2 },
)
const extensions = fields.map((own) => ({ [dialect]: own }))
const cache = fc.constantFrom({}, { ttl: '5m' as const }, { ttl: '1h' as const })
const input = fc.dictionary(word, opaque).map((value) => JSON.stringify(value))
const signature = identifier.map((value) => ({ origin: dialect, value }))

/** An object of which only some fields may be left out. */
function partly<T extends object, Optional extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: { [K in keyof Optional]: fc.Arbitrary<Optional[K]> },
): fc.Arbitrary<T & Partial<Optional>> {
  const requiredKeys = Object.keys(required)
  return fc.record({ ...required, ...optional } as object, { requiredKeys: requiredKeys as never[] }) as never
}

const citation = fc.oneof(
  partly(
    {
      extensions: fc.record({
        [dialect]: fc.record({
          type: fc.constant('char_location'),
          document_index: count,
          start_char_index: count,
          end_char_index: count,
        }),
      }),
    },
    { text, title: text },
  ),
  partly(
    {
      extensions: fc.record({
        [dialect]: fc.record({ type: fc.constant('web_search_result_location'), encrypted_index: text }),
      }),
      url: fc.webUrl(),
    },
    { text, title: text },
  ),
  partly(
    {
      extensions: fc.record({
        [dialect]: fc.record({ type: fc.constant('search_result_location'), search_result_index: count }),
      }),
      url: text,
    },
    { text, title: text },
  ),
)

const textPart = partly({ type: fc.constant('text' as const), text }, { cache, extensions })
const citedPart = partly(
  { type: fc.constant('text' as const), text },
  { citations: fc.array(citation, { minLength: 1, maxLength: 2 }), extensions },
)
const mediaPart = fc.oneof(
  partly(
    {
      type: fc.constant('image' as const),
      source: fc.oneof(
        fc.record({ type: fc.constant('base64' as const), data: word, mediaType: fc.constant('image/png') }),
        fc.record({ type: fc.constant('url' as const), url: fc.webUrl() }),
        fc.record({ type: fc.constant('file-id' as const), id: identifier }),
      ),
    },
    { cache, extensions },
  ),
  partly(
    {
      type: fc.constant('file' as const),
      source: fc.oneof(
        fc.record({ type: fc.constant('base64' as const), data: word, mediaType: fc.constant('application/pdf') }),
        fc.record({ type: fc.constant('url' as const), url: fc.webUrl() }),
        fc.record({ type: fc.constant('text' as const), text }),
        fc.record({ type: fc.constant('file-id' as const), id: identifier }),
      ),
    },
    { cache, extensions, name: text },
  ),
)
const extensionPart = fields.map((own) => ({
  type: 'extension' as const,
  dialect,
  value: { type: 'something_new', ...own } as object,
}))
const toolCall = partly(
  { type: fc.constant('tool-call' as const), id: identifier, name: identifier, arguments: input },
  { extensions },
)
const thought = fc.oneof(
  fc.record({ type: fc.constant('reasoning' as const), text, signature }),
  identifier.map((value) => ({
    type: 'reasoning' as const,
    text: '',
    signature: { origin: dialect, value, encrypted: true },
  })),
)
const toolResult: fc.Arbitrary<ToolResultPart> = partly(
  {
    type: fc.constant('tool-result' as const),
    id: identifier,
    content: fc.oneof(
      fc.string(),
      fc.array(fc.oneof(textPart, mediaPart, extensionPart), { minLength: 1, maxLength: 2 }),
    ),
  },
  { isError: fc.boolean(), cache, extensions },
)

const someOf = <T>(part: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(part, { minLength: 1, maxLength: 3 })

const userMessage: fc.Arbitrary<Message> = partly(
  {
    role: fc.constant('user' as const),
    content: fc
      .tuple(fc.array(toolResult, { maxLength: 2 }), someOf(fc.oneof(textPart, mediaPart, extensionPart)))
      .map(([results, others]): readonly Part[] => [...results, ...others]),
  },
  { extensions },
)
const assistantMessage: fc.Arbitrary<Message> = partly(
  {
    role: fc.constant('assistant' as const),
    content: someOf(fc.oneof(textPart, citedPart, thought, toolCall, extensionPart)),
  },
  { extensions },
)
const systemMessage: fc.Arbitrary<Message> = fc.record({
  role: fc.constant('system' as const),
  content: someOf(textPart),
})

const tool = fc.oneof(
  partly(
    {
      type: fc.constant('function' as const),
      name: identifier,
      parameters: fc.constant({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }),
    },
    { description: text, strict: fc.boolean(), cache, extensions },
  ),
  fields.map((own) => ({
    type: 'hosted' as const,
    dialect,
    value: { type: 'web_search_20250305', name: 'web_search', ...own },
  })),
)

const sampling = fc.oneof(
  fc.record({ temperature: fc.constantFrom(0, 0.5, 1), topK: fc.nat(50) }),
  fc.record({ topP: fc.constantFrom(0.1, 0.9) }),
)
const reasoning = fc.oneof(
  partly({ effort: fc.constantFrom('low', 'medium', 'high', 'max') }, { visible: fc.boolean() }),
  fc.constant({ effort: 'none' }),
  fc.constant({ extensions: { [dialect]: { type: 'adaptive' } } }),
  fc.record({ effort: fc.constantFrom('low', 'high'), extensions: fc.constant({ [dialect]: { type: null } }) }),
)

/** All that the dialect can say to a model of the generation 4.6, which takes most of it. */
export const requests: fc.Arbitrary<ChatRequest> = fc
  .tuple(
    fc.option(systemMessage, { nil: undefined }),
    fc.array(fc.tuple(userMessage, assistantMessage), { maxLength: 2 }),
    userMessage,
    fc.oneof(
      sampling,
      reasoning.map((value) => ({ reasoning: value })),
      fc.constant({}),
    ),
    fc.option(
      fc.record({
        tools: someOf(tool),
        toolChoice: fc.constantFrom('auto' as const, 'none' as const),
      }),
      { nil: undefined },
    ),
    partly(
      { model: fc.constant('claude-opus-4-6'), maxOutputTokens: fc.integer({ min: 1, max: 64_000 }) },
      {
        stop: fc.array(text, { minLength: 1, maxLength: 2 }),
        serviceTier: fc.constantFrom('auto', 'standard_only'),
        user: identifier,
        stream: fc.boolean(),
        output: fc.constant({
          type: 'json-schema' as const,
          schema: { type: 'object', properties: {}, additionalProperties: false },
        }),
        extensions,
      },
    ),
  )
  .map(([system, turns, last, thinking, tools, rest]) => ({
    ...rest,
    messages: [...(system ? [system] : []), ...turns.flat(), last],
    ...thinking,
    ...tools,
  })) as fc.Arbitrary<ChatRequest>

const answerPart: fc.Arbitrary<AnswerPart> = fc.oneof(
  partly(
    { type: fc.constant('text' as const), text: fc.string({ unit: 'grapheme' }) },
    { citations: fc.array(citation, { minLength: 1, maxLength: 2 }) },
  ),
  thought,
  fc.record({ type: fc.constant('reasoning' as const), text }),
  toolCall,
  extensionPart,
) as fc.Arbitrary<AnswerPart>

const stops = fc.oneof(
  fc.constantFrom(
    { finishReason: 'stop', rawFinishReason: 'end_turn' },
    { finishReason: 'stop', rawFinishReason: 'pause_turn' },
    { finishReason: 'length', rawFinishReason: 'max_tokens' },
    { finishReason: 'length', rawFinishReason: 'model_context_window_exceeded' },
    { finishReason: 'tool-calls', rawFinishReason: 'tool_use' },
    { finishReason: 'content-filter', rawFinishReason: 'refusal' },
    { finishReason: 'other', rawFinishReason: 'new', extensions: { [dialect]: { stop_reason: 'new' } } },
  ),
  text.map((stopSequence) => ({ finishReason: 'stop', rawFinishReason: 'stop_sequence', stopSequence })),
)

const usage = fc
  .tuple(
    fc.record({ fresh: count, outputTokens: count, cached: count, written: count }),
    partly({}, { reasoningTokens: count, extensions }),
    fc.option(fc.nat(100), { nil: undefined }),
  )
  .map(([{ fresh, outputTokens, cached, written }, rest, hour]) => ({
    inputTokens: fresh + cached + written,
    outputTokens,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    ...(hour !== undefined && { cacheWriteHourTokens: Math.min(hour, written) }),
    ...rest,
  }))

/** All that an answer in this dialect can be. */
export const responses: fc.Arbitrary<ChatResponse> = partly(
  {
    id: identifier,
    model: identifier,
    choices: fc
      .tuple(fc.array(answerPart, { maxLength: 4 }), stops)
      .map(([content, stop]) => [{ index: 0, content, ...stop }]),
    usage,
  },
  { serviceTier: fc.constantFrom('standard', 'priority'), extensions },
) as fc.Arbitrary<ChatResponse>
