import fc, { type Arbitrary } from 'fast-check'
import type {
  ChatRequest,
  HostedTool,
  MediaPart,
  Message,
  Part,
  TextPart,
  Tool,
  ToolResultPart,
} from '../../src/operations/chat/index.ts'

// Whatever a chat request may say, sensible or not: any part in any role, foreign signatures, text that is no JSON.

const text = fc.string({ maxLength: 8, unit: 'grapheme' })
const json = fc.jsonValue({ maxDepth: 1 })
const object = fc.dictionary(text, json, { maxKeys: 2 }).map((value) => ({ ...value }) as Record<string, unknown>)
const dialect = fc.constantFrom('cohere-chat', 'ollama', 'openai-chat', 'another')
const extensions = fc.dictionary(dialect, object, { maxKeys: 1 }).map((value) => ({ ...value }))
const cache = fc.constantFrom({}, { ttl: '1h' as const })
const signature = fc.record({ origin: dialect, value: text, encrypted: fc.boolean() })
const mediaType = fc.constantFrom('image/png', 'audio/wav', 'video/mp4', 'application/pdf', 'text/plain', '')

function some<T extends object>(fields: { [Key in keyof T]: Arbitrary<T[Key]> }): Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as Arbitrary<Partial<T>>
}

function kinds<T extends { type: string }>(...each: Arbitrary<object>[]): Arbitrary<T> {
  return fc
    .tuple(fc.oneof(...each), some({ cache, signature, extensions }))
    .map(([part, more]) => ({ ...part, ...more }) as unknown as T)
}

const source: Arbitrary<MediaPart['source']> = fc.oneof(
  fc.record({ type: fc.constant('base64' as const), data: fc.oneof(fc.base64String(), text), mediaType }),
  fc.record({ type: fc.constant('url' as const), url: fc.webUrl() }),
  fc.record({ type: fc.constant('file-id' as const), id: text }),
  fc.record({ type: fc.constant('text' as const), text }),
)
const media = fc.record(
  {
    type: fc.constantFrom('image', 'audio', 'video', 'file'),
    source,
    name: text,
    detail: fc.constantFrom('auto', 'low', 'high'),
    transcript: text,
  },
  { requiredKeys: ['type', 'source'] },
)
const citations = fc.array(some({ url: text, start: fc.nat(), extensions }), { maxLength: 2 })
const plain = fc.record({ type: fc.constant('text'), text, citations }, { requiredKeys: ['type', 'text'] })
const extension = fc.record({ type: fc.constant('extension'), dialect, value: object })

const parts: Arbitrary<Part> = kinds<Part>(
  plain,
  media,
  extension,
  fc.record({ type: fc.constantFrom('reasoning', 'refusal'), text }),
  fc.record({
    type: fc.constant('tool-call'),
    id: text,
    name: text,
    arguments: fc.oneof(
      text,
      json.map((value) => JSON.stringify(value)),
    ),
  }),
  fc.record(
    {
      type: fc.constant('tool-result'),
      id: text,
      name: text,
      content: fc.oneof<Arbitrary<ToolResultPart['content']>[]>(
        text,
        fc.array(kinds<TextPart>(plain, media, extension), { maxLength: 3 }),
      ),
      isError: fc.boolean(),
    },
    { requiredKeys: ['type', 'id', 'content'] },
  ),
)

const messages: Arbitrary<Message> = fc
  .tuple(
    fc.record({
      role: fc.constantFrom(
        'system' as const,
        'developer' as const,
        'user' as const,
        'assistant' as const,
        'tool' as const,
      ),
      content: fc.array(parts, { maxLength: 4 }),
    }),
    some({ name: text, extensions }),
  )
  .map(([message, more]) => ({ ...message, ...more }))

const tools: Arbitrary<Tool | HostedTool> = fc.oneof<Arbitrary<Tool | HostedTool>[]>(
  fc
    .tuple(text, some({ description: text, parameters: object, strict: fc.boolean(), cache, extensions }))
    .map(([name, more]) => ({ type: 'function' as const, name, ...more })),
  fc.record({ type: fc.constant('hosted' as const), dialect, value: object }),
)

/** Any chat request. */
export const anyRequest: Arbitrary<ChatRequest> = fc
  .tuple(
    fc.record({ model: text, messages: fc.array(messages, { maxLength: 5 }) }),
    some<Omit<ChatRequest, 'model' | 'messages' | 'headers' | 'heldBy'>>({
      stream: fc.boolean(),
      tools: fc.array(tools, { maxLength: 3 }),
      toolChoice: fc.oneof(
        fc.constantFrom('auto' as const, 'none' as const, 'required' as const),
        fc.record({ tool: text }),
      ),
      parallelToolCalls: fc.boolean(),
      output: fc.oneof(
        fc.constantFrom({ type: 'text' as const }, { type: 'json' as const }),
        fc
          .tuple(object, some({ name: text, description: text, strict: fc.boolean(), extensions }))
          .map(([schema, more]) => ({ type: 'json-schema' as const, schema, ...more })),
      ),
      reasoning: some({
        effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
        budgetTokens: fc.integer({ min: -1, max: 99_999 }),
        visible: fc.boolean(),
        extensions,
      }),
      maxOutputTokens: fc.nat(),
      temperature: fc.double({ min: 0, max: 2 }),
      topP: fc.double({ min: 0, max: 1 }),
      topK: fc.nat(),
      stop: fc.array(text, { maxLength: 7 }),
      seed: fc.integer(),
      frequencyPenalty: fc.double({ min: -2, max: 2 }),
      presencePenalty: fc.double({ min: -2, max: 2 }),
      logitBias: fc.dictionary(fc.nat().map(String), fc.integer()),
      logprobs: fc.boolean(),
      topLogprobs: fc.nat(20),
      n: fc.nat(4),
      serviceTier: text,
      user: text,
      metadata: fc.dictionary(text, text),
      store: fc.boolean(),
      modalities: fc.subarray(['text', 'image', 'audio'] as const),
      extensions,
    } as {
      [Key in keyof Omit<ChatRequest, 'model' | 'messages' | 'headers' | 'heldBy'>]-?: Arbitrary<ChatRequest[Key]>
    }),
  )
  .map(([request, more]) => ({ ...request, ...more }))
