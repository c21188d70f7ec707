import fc, { type Arbitrary } from 'fast-check'
import type {
  AnswerPart,
  ChatRequest,
  ChatResponse,
  FinishReason,
  HostedTool,
  MediaPart,
  Message,
  Part,
  Tool,
} from '../../../src/operations/chat/index.ts'
import type { Usage } from '../../../src/operations/operation.ts'

// What the AI SDK can say, in the one form in which it comes back: optional fields are absent rather than undefined.

const words = fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' })
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/)
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
const object = fc.dictionary(name, json, { maxKeys: 3 }).map((value) => ({ ...value }) as Record<string, unknown>)
const count = fc.nat({ max: 5000 })

function optional<T extends object>(fields: { [Key in keyof T]: Arbitrary<T[Key]> }): Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as Arbitrary<Partial<T>>
}

const extensions = object.map((options) => ({ 'ai-sdk': { providerOptions: { xai: { ...options, mode: 'on' } } } }))
const cache = fc.constantFrom({}, { ttl: '5m' as const }, { ttl: '1h' as const })
const signature = fc.oneof(
  fc.record({ origin: fc.constantFrom('anthropic-messages', 'gemini', 'openai-chat'), value: words }),
  fc.record({ origin: fc.constantFrom('anthropic-messages', 'other'), value: words, encrypted: fc.constant(true) }),
)

function dressed<T extends object>(part: Arbitrary<T>, more: Arbitrary<object>): Arbitrary<T> {
  return fc.tuple(part, fc.oneof(fc.constant({}), more)).map(([value, rest]) => ({ ...value, ...rest }))
}

const kinds = fc.constantFrom(
  ['image', 'image/png'],
  ['audio', 'audio/wav'],
  ['video', 'video/mp4'],
  ['file', 'application/pdf'],
)
const base64 = fc.base64String({ maxLength: 12 }).filter((data) => !/^(data|http|file)/.test(data))
const bytes: Arbitrary<MediaPart> = fc
  .tuple(kinds, base64)
  .map(([[type, mediaType], data]) => ({ type, source: { type: 'base64', data, mediaType } }) as MediaPart)
const address: Arbitrary<MediaPart> = fc
  .tuple(kinds, fc.webUrl())
  .map(
    ([[type, mediaType], url]) => ({ type, source: { type: 'url', url: new URL(url).href, mediaType } }) as MediaPart,
  )
const uploaded: Arbitrary<MediaPart> = fc
  .tuple(kinds, fc.stringMatching(/^file-[a-z0-9]{4,8}$/))
  .map(([[type, mediaType], id]) => ({ type, source: { type: 'file-id', id, mediaType } }) as MediaPart)
const written: Arbitrary<MediaPart> = words.map((text) => ({
  type: 'file',
  source: { type: 'text', text, mediaType: 'text/plain' },
}))

const text: Arbitrary<Part> = words.map((text) => ({ type: 'text', text }))
const kept: Arbitrary<Part> = object.map((options) => ({
  type: 'extension',
  dialect: 'ai-sdk',
  value: { type: 'custom', kind: 'xai.note', providerOptions: { xai: options } },
}))
const call: Arbitrary<Part> = fc.record({
  type: fc.constant('tool-call' as const),
  id: name.map((id) => `call_${id}`),
  name,
  arguments: object.map((input) => JSON.stringify(input)),
})

/** Prompts differ between the versions: only the last can keep what none of ours says, and name a file by its words. */
function prompts(latest: boolean): Arbitrary<readonly Message[]> {
  const common = optional({ cache, signature, extensions })
  const unsigned = optional({ cache, extensions })
  const media = fc.oneof(bytes, address, uploaded, ...(latest ? [written] : []))
  const described = dressed(media, optional({ name: words, detail: fc.constantFrom('low' as const, 'high' as const) }))
  const piece = fc.oneof(
    dressed(text, optional({ extensions })),
    bytes.filter(({ type }) => type === 'image'),
  )
  const result = fc
    .oneof(
      fc.tuple(words, fc.boolean()).map(([content, isError]) => ({ content, ...(isError && { isError }) })),
      fc.array(piece, { minLength: 1, maxLength: 2 }).map((content) => ({ content })),
    )
    .chain((said) => name.map((id) => ({ type: 'tool-result', id: `call_${id}`, name: id, ...said }) as Part))
  const part = (...each: Arbitrary<Part>[]): Arbitrary<readonly Part[]> =>
    fc.array(fc.oneof(...each), { minLength: 1, maxLength: 3 })
  const said: readonly Arbitrary<Part>[] = [
    dressed(text, common),
    dressed(
      words.map((text): Part => ({ type: 'refusal', text })),
      optional({ extensions }),
    ),
    dressed(
      words.map((text): Part => ({ type: 'reasoning', text })),
      common,
    ),
    dressed(call, common),
    ...(latest ? [kept] : []),
  ]
  const message = fc.oneof(
    fc.record({
      role: fc.constant('system' as const),
      content: fc.tuple(dressed(text, optional({ cache }))),
    }),
    fc.record({ role: fc.constant('user' as const), content: part(dressed(text, common), dressed(described, common)) }),
    fc.record({ role: fc.constant('assistant' as const), content: part(...said, dressed(described, common)) }),
    fc.record({ role: fc.constant('tool' as const), content: part(dressed(result, unsigned)) }),
  ) as Arbitrary<Message>
  return fc.array(dressed(message, optional({ extensions })), { minLength: 1, maxLength: 4 })
}

const schema = object.map((properties) => ({ type: 'object', properties, additionalProperties: false }))
const tool: Arbitrary<Tool | HostedTool> = fc.oneof(
  dressed(
    fc.record({ type: fc.constant('function' as const), name, parameters: schema }),
    optional({ description: words, strict: fc.boolean(), cache }),
  ),
  fc.constantFrom<HostedTool>(
    {
      type: 'hosted',
      dialect: 'anthropic-messages',
      value: { type: 'web_search_20250305', name: 'web_search', max_uses: 3, user_location: { time_zone: 'x' } },
    },
    { type: 'hosted', dialect: 'openai-responses', value: { type: 'web_search', search_context_size: 'low' } },
    { type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } },
    { type: 'hosted', dialect: 'ai-sdk', value: { type: 'provider', id: 'xai.live_search', name: 's', args: {} } },
  ),
)

/** Requests that a version of the AI SDK can say, up to the model. */
export function requests(latest: boolean): Arbitrary<Omit<ChatRequest, 'model'>> {
  return fc
    .tuple(
      prompts(latest),
      optional({
        headers: fc.constantFrom({ 'x-feature': 'on' }),
        maxOutputTokens: count,
        temperature: fc.constantFrom(0, 0.5, 1),
        topP: fc.constantFrom(0.1, 1),
        topK: count,
        frequencyPenalty: fc.constantFrom(-1, 0, 2),
        presencePenalty: fc.constantFrom(-1, 0, 2),
        seed: count,
        stop: fc.array(words, { minLength: 1, maxLength: 2 }),
        tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
        toolChoice: fc.oneof(
          fc.constantFrom('auto' as const, 'none' as const, 'required' as const),
          name.map((tool) => ({ tool })),
        ),
        output: fc.oneof(
          fc.constant({ type: 'json' as const }),
          dressed(
            fc.record({ type: fc.constant('json-schema' as const), schema, strict: fc.constant(true) }),
            optional({ name, description: words }),
          ),
        ),
        reasoning: fc.record({ effort: fc.constantFrom('none' as const, 'low' as const, 'max' as const) }),
      }),
    )
    .map(([messages, rest]) => ({ messages, ...rest }))
}

const reasons: readonly FinishReason[] = ['stop', 'length', 'tool-calls', 'content-filter', 'other']

/** Answers that a version of the AI SDK can say. */
export function responses(latest: boolean): Arbitrary<ChatResponse> {
  const common = optional({ signature })
  const foreign: Arbitrary<AnswerPart> = object.map((value) => ({ type: 'extension', dialect: 'gemini', value }))
  const part = fc.oneof(
    dressed(text, common),
    dressed(
      words.map((text): AnswerPart => ({ type: 'reasoning', text })),
      common,
    ),
    words.map((text): AnswerPart => ({ type: 'refusal', text })),
    dressed(call, common),
    dressed(bytes, common),
    ...(latest ? [address, foreign] : []),
  ) as Arbitrary<AnswerPart>
  const usage: Arbitrary<Usage> = optional({
    inputTokens: count,
    outputTokens: count,
    cachedInputTokens: count,
    reasoningTokens: count,
    ...(latest && { cacheWriteTokens: count }),
  })
  return fc
    .record({
      id: words,
      model: words,
      created: count,
      content: fc.uniqueArray(part, {
        minLength: 1,
        maxLength: 4,
        selector: (part) => (part.type === 'tool-call' ? part.id : part),
      }),
      finishReason: fc.constantFrom(...reasons),
      rawFinishReason: latest ? fc.option(words, { nil: undefined }) : fc.constant(undefined),
      usage,
    })
    .map(({ content, finishReason, rawFinishReason, usage, ...head }) => ({
      ...head,
      choices: [{ index: 0, content, finishReason, ...(rawFinishReason !== undefined && { rawFinishReason }) }],
      usage,
    }))
}
