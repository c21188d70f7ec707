import fc from 'fast-check'
import type { AnswerPart, ChatRequest, ChatResponse, Message } from '../../../src/operations/chat/index.ts'

const dialect = 'openai-responses'

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const word = fc.stringMatching(/^[a-z_]{1,8}$/)
const identifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/).filter((id) => !id.includes('zerohop'))
const count = fc.nat(100_000)
const opaque = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()))
const fields = fc.dictionary(
  word.map((name) => `x_${name}`),
  opaque,
  { minKeys: 1, maxKeys: 2 },
)
const extensions = fields.map((own) => ({ [dialect]: own }))
const base64 = fc.base64String({ minLength: 4, maxLength: 12 })
const input = fc.dictionary(word, opaque).map((value) => JSON.stringify(value))

/** An object of which only some fields may be left out. */
function partly<T extends object, Optional extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: { [K in keyof Optional]: fc.Arbitrary<Optional[K]> },
): fc.Arbitrary<T & Partial<Optional>> {
  const requiredKeys = Object.keys(required)
  return fc.record({ ...required, ...optional } as object, { requiredKeys: requiredKeys as never[] }) as never
}

const someOf = <T>(part: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(part, { minLength: 1, maxLength: 3 })

/** The fields of an item without a name of ours; a stream announces an id before it can know the provider's. */
function itemOf(withIds: boolean, kind: string): fc.Arbitrary<Record<string, unknown>> {
  const known = { status: fc.constantFrom('completed', 'incomplete') }
  const ids = { id: identifier.map((id) => `${kind}_${id}`) }
  return fc
    .tuple(partly(known, (withIds ? ids : {}) as typeof ids), fc.option(fields, { nil: {} }))
    .map(([item, rest]) => ({ ...item, ...rest }))
}

const citation = fc.oneof(
  partly({ url: fc.webUrl(), title: text, start: fc.nat(9), end: fc.nat(9) }, { extensions }),
  fc.record({
    url: fc.webUrl(),
    extensions: fc.constant({ [dialect]: { type: 'url_citation' } }),
  }),
  fc.record({ extensions: identifier.map((file_id) => ({ [dialect]: { type: 'file_citation', file_id, index: 0 } })) }),
)

const hosted = fc.record({
  type: fc.constant('extension' as const),
  dialect: fc.constant(dialect),
  value: partly(
    { type: fc.constantFrom('web_search_call', 'mcp_call', 'something_new'), id: identifier },
    { status: fc.constant('completed'), action: fields },
  ),
})

interface Manner {
  /** Whether items have the ids of their provider. */
  readonly ids: boolean
  /** Whether items of several parts, and thoughts that are no summaries, may be among them. */
  readonly grouped: boolean
}

/** The parts of one item. */
function itemParts({ ids, grouped }: Manner): fc.Arbitrary<AnswerPart[]> {
  const inner = fc.option(fields, { nil: {} })
  const spoken = partly(
    { type: fc.constant('text' as const), text: fc.string({ unit: 'grapheme', maxLength: 12 }) },
    { citations: fc.array(citation, { minLength: 1, maxLength: 2 }) },
  )
  const message = fc
    .tuple(itemOf(ids, 'msg'), fc.array(fc.tuple(spoken, inner), { minLength: 1, maxLength: grouped ? 2 : 1 }))
    .map(([item, parts]) =>
      parts.map(([part, own], index) => {
        const kept = { ...own, ...(index === 0 && { item }) }
        return Object.keys(kept).length === 0 ? part : { ...part, extensions: { [dialect]: kept } }
      }),
    )
  const thought = fc
    .tuple(
      // Without its id a provider knows a thought only by what is encrypted.
      itemOf(ids, 'rs'),
      grouped
        ? fc.array(fc.tuple(text, fc.boolean()), { maxLength: 3 })
        : fc.array(fc.tuple(text, fc.constant(false)), { maxLength: 1 }),
      identifier,
    )
    .map(([item, texts, value]) => {
      // Summaries stand before the thoughts themselves.
      const sorted = texts.sort(([, one], [, other]) => Number(one) - Number(other))
      const parts = sorted.length > 0 ? sorted : [['', false] as const]
      return parts.map(([text, plain], index): AnswerPart => {
        const own = { ...(plain && { type: 'reasoning_text' }), ...(index === 0 && { item }) }
        return {
          type: 'reasoning',
          text,
          ...(index === parts.length - 1 && {
            signature: { origin: dialect, value, ...(text === '' && { encrypted: true }) },
          }),
          ...(Object.keys(own).length > 0 && { extensions: { [dialect]: own } }),
        }
      })
    })
  const call = fc
    .tuple(
      fc.record({ type: fc.constant('tool-call' as const), id: identifier, name: identifier, arguments: input }),
      itemOf(ids, 'fc'),
    )
    .map(([part, item]): AnswerPart[] => [{ ...part, extensions: { [dialect]: { item } } }])
  const picture = fc.tuple(base64, itemOf(ids, 'ig')).map(([data, item]): AnswerPart[] => [
    {
      type: 'image',
      source: { type: 'base64', data, mediaType: 'image/webp' },
      extensions: { [dialect]: { item: { ...item, output_format: 'webp' } } },
    },
  ])
  return fc.oneof(
    message as fc.Arbitrary<unknown> as fc.Arbitrary<AnswerPart[]>,
    thought,
    call,
    hosted.map((part): AnswerPart[] => [part]),
    ...(ids ? [picture] : []),
  )
}

function contentOf(manner: Manner): fc.Arbitrary<AnswerPart[]> {
  const refusal = fc
    .tuple(text, itemOf(manner.ids, 'msg'))
    .map(([words, item]): AnswerPart[] => [{ type: 'refusal', text: words, extensions: { [dialect]: { item } } }])
  // Nobody goes on after a refusal.
  return fc
    .tuple(fc.array(itemParts(manner), { maxLength: 4 }), fc.option(refusal, { nil: [] }))
    .map(([items, last]) => [...items.flat(), ...last])
}

const usage = fc
  .tuple(
    fc.record({ inputTokens: count, outputTokens: count, cachedInputTokens: count, reasoningTokens: count }),
    partly({}, { cacheWriteTokens: count, extensions }),
  )
  .map(([usage, rest]) => ({ ...usage, ...rest }))

const stops = fc.constantFrom(
  { finishReason: 'stop', rawFinishReason: 'completed' },
  { finishReason: 'length', rawFinishReason: 'max_output_tokens' },
  { finishReason: 'content-filter', rawFinishReason: 'content_filter' },
  { finishReason: 'other', rawFinishReason: 'new' },
  { finishReason: 'other', rawFinishReason: 'incomplete' },
)

function responsesOf(manner: Manner): fc.Arbitrary<ChatResponse> {
  const choice = fc.tuple(contentOf(manner), stops).map(([content, stop]) => {
    const calls = stop.finishReason === 'stop' && content.some(({ type }) => type === 'tool-call')
    return { index: 0, content, ...stop, ...(calls && { finishReason: 'tool-calls' as const }) }
  })
  return partly(
    { id: identifier, model: identifier, created: count, choices: choice.map((one) => [one]), usage, extensions },
    { serviceTier: fc.constantFrom('default', 'priority') },
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<ChatResponse>
}

/** All that an answer in this dialect can be. */
export const responses: fc.Arbitrary<ChatResponse> = responsesOf({ ids: true, grouped: true })

/** The answers that a stream of events can say to the letter. */
export const streamed: fc.Arbitrary<ChatResponse> = responsesOf({ ids: false, grouped: false })

const textPart = partly({ type: fc.constant('text' as const), text }, { extensions })
const source = fc.oneof(
  fc.record({ type: fc.constant('url' as const), url: fc.webUrl() }),
  fc.record({ type: fc.constant('file-id' as const), id: identifier }),
)
const mediaPart = fc.oneof(
  partly(
    {
      type: fc.constant('image' as const),
      source: fc.oneof(
        source,
        fc.record({ type: fc.constant('base64' as const), data: base64, mediaType: fc.constant('image/png') }),
      ),
    },
    { detail: fc.constantFrom('auto', 'low', 'high'), extensions },
  ),
  partly({ type: fc.constant('file' as const), source }, { name: text, extensions }),
  partly(
    {
      type: fc.constant('file' as const),
      source: fc.record({
        type: fc.constant('base64' as const),
        data: base64,
        mediaType: fc.constant('application/pdf'),
      }),
      name: text,
    },
    { extensions },
  ),
  fc.record({
    type: fc.constant('audio' as const),
    source: fc.record({
      type: fc.constant('base64' as const),
      data: base64,
      mediaType: fc.constantFrom('audio/wav', 'audio/mpeg'),
    }),
  }),
)
const newPiece = fields.map((own) => ({ type: 'extension', dialect, value: { type: 'input_new', ...own } }))
const content = someOf(fc.oneof(textPart, mediaPart, newPiece))

const userMessage = partly({ role: fc.constantFrom('user', 'developer'), content }, { extensions })
const assistantMessage = fc
  .array(itemParts({ ids: true, grouped: true }), { minLength: 1, maxLength: 3 })
  .map((items) => ({ role: 'assistant', content: items.flat() }))
const resultMessage = partly(
  { type: fc.constant('tool-result'), id: identifier, content: fc.oneof(fc.string(), content) },
  { extensions },
).map((part) => ({ role: 'tool', content: [part] }))
const ownResult = fields.map((own) => ({
  role: 'tool',
  content: [{ type: 'extension', dialect, value: { type: 'computer_call_output', ...own } }],
}))
const system = fc.oneof(
  text.map((words) => ({ role: 'system', content: [{ type: 'text', text: words }] })),
  content.map((parts) => ({ role: 'system', content: parts, extensions: { [dialect]: { type: 'message' } } })),
)
const turn = fc
  .tuple(userMessage, assistantMessage, fc.array(fc.oneof(resultMessage, ownResult), { maxLength: 2 }))
  .map(([asked, said, results]) => [asked, said, ...results])

const tool = fc.oneof(
  partly(
    { type: fc.constant('function'), name: identifier, parameters: fc.constant({ type: 'object', properties: {} }) },
    { description: text },
  ).chain((tool) =>
    fc.oneof(
      fc.boolean().map((strict) => ({ ...tool, strict })),
      fields.map((own) => ({ ...tool, extensions: { [dialect]: { ...own, strict: null } } })),
    ),
  ),
  fields.map((own) => ({ type: 'hosted', dialect, value: { type: 'web_search', ...own } })),
)

const reasoning = fc
  .tuple(
    partly({}, { effort: fc.constantFrom('none', 'low', 'high', 'xhigh') }),
    fc.constantFrom({}, { visible: true }, { visible: true, extensions: { [dialect]: { summary: 'detailed' } } }),
    fc.constantFrom([], ['reasoning.encrypted_content'], ['new']),
  )
  .map(([effort, visible, include]) => ({ reasoning: { ...effort, ...visible }, include }))

const output = fc.oneof(
  fc.constantFrom({ type: 'text' }, { type: 'json' }),
  partly(
    { type: fc.constant('json-schema'), name: word, schema: fc.constant({ type: 'object' }) },
    { description: text, strict: fc.boolean(), extensions },
  ),
)

/** All that the dialect can ask. */
export const requests: fc.Arbitrary<ChatRequest> = fc
  .tuple(
    fc.option(system, { nil: undefined }),
    fc.array(turn, { maxLength: 2 }),
    userMessage,
    fc.option(reasoning, { nil: undefined }),
    fc.option(fields, { nil: {} }),
    fc.record(
      {
        tools: someOf(tool),
        toolChoice: fc.oneof(fc.constantFrom('auto', 'none', 'required'), fc.record({ tool: identifier })),
        parallelToolCalls: fc.boolean(),
        output,
        maxOutputTokens: count,
        temperature: fc.constantFrom(0, 0.5, 2),
        topP: fc.constantFrom(0, 0.9),
        logprobs: fc.constant(true),
        topLogprobs: fc.nat(20),
        serviceTier: fc.constantFrom('auto', 'flex'),
        user: identifier,
        metadata: fc.dictionary(word, text),
        store: fc.boolean(),
        stream: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([system, turns, last, thinking, own, rest]) => {
    const kept = { ...own, ...(thinking && { include: thinking.include }) }
    return {
      model: 'a-model',
      messages: [...(system ? [system] : []), ...turns.flat(), last] as readonly unknown[] as Message[],
      ...rest,
      ...(thinking && { reasoning: thinking.reasoning }),
      ...(Object.keys(kept).length > 0 && { extensions: { [dialect]: kept } }),
    }
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<ChatRequest>
