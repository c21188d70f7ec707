import fc, { type Arbitrary } from 'fast-check'
import type {
  AnswerPart,
  ChatRequest,
  ChatResponse,
  Choice,
  FinishReason,
  MediaPart,
  Message,
  Part,
  ReasoningPart,
  Signature,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../../src/operations/chat/index.ts'
import type { Usage } from '../../../src/operations/operation.ts'

// What the dialect can say, in the one form in which it comes back: optional fields are absent rather than undefined.

const words = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
const base64 = fc.base64String({ maxLength: 12 })
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
const object = fc.dictionary(name, json, { maxKeys: 3 }).map((value) => ({ ...value }) as Record<string, unknown>)

/** Fields that Google may add one day. */
export const unknownFields: Arbitrary<Record<string, unknown>> = fc
  .dictionary(
    fc.stringMatching(/^future[A-Z][a-z]{0,5}$/),
    json.filter((value) => value !== null),
    { minKeys: 1, maxKeys: 2 },
  )
  .map((value) => ({ ...value }))

const extensions = fc.record({ gemini: unknownFields })
const signature: Arbitrary<Signature> = fc
  .base64String({ minLength: 4, maxLength: 12 })
  .map((value) => ({ origin: 'gemini', value: `sig${value}` }))

function optional<T extends object>(arbitrary: { [Key in keyof T]: Arbitrary<T[Key]> }): Arbitrary<Partial<T>> {
  return fc.record(arbitrary, { requiredKeys: [] }) as Arbitrary<Partial<T>>
}

/** A part with or without a signature and unknown fields. */
function dressed<T extends object>(part: Arbitrary<T>): Arbitrary<T> {
  const bare = { weight: 2, arbitrary: fc.constant({}) }
  return fc
    .tuple(part, fc.oneof(bare, { weight: 1, arbitrary: optional({ signature, extensions }) }))
    .map(([value, more]) => ({ ...value, ...more }))
}

const media: Arbitrary<MediaPart> = fc
  .tuple(
    fc.constantFrom(
      ['image', 'image/png'],
      ['audio', 'audio/wav'],
      ['video', 'video/mp4'],
      ['file', 'application/pdf'],
    ),
    fc.oneof(
      base64.map((data) => ({ type: 'base64' as const, data })),
      fc.webUrl().map((url) => ({ type: 'url' as const, url })),
      fc.constant({ type: 'file-id' as const, id: 'https://generativelanguage.googleapis.com/v1beta/files/abc' }),
      fc.constant({ type: 'file-id' as const, id: 'gs://bucket/object' }),
    ),
    optional({ detail: fc.constantFrom('low' as const, 'high' as const) }),
  )
  .map(([[type, mediaType], source, detail]) => ({ type, source: { ...source, mediaType }, ...detail }) as MediaPart)

const text: Arbitrary<TextPart> = words.map((text) => ({ type: 'text', text }))
const reasoning: Arbitrary<ReasoningPart> = words.map((text) => ({ type: 'reasoning', text }))
const extension: Arbitrary<AnswerPart> = object.map((code) => ({
  type: 'extension',
  dialect: 'gemini',
  value: { executableCode: { ...code, language: 'PYTHON' } },
}))

function call(id: string): Arbitrary<ToolCallPart> {
  return fc.record({ name, arguments: object }).map((call) => ({
    type: 'tool-call',
    id,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }))
}

function result({ id, name }: ToolCallPart): Arbitrary<ToolResultPart> {
  const plain = fc.string({ maxLength: 10 }).filter((text) => !/^\s*\{/.test(text))
  // An object with the one key `output` or `error` is Google's way to say a plain text.
  const structured = object
    .filter((value) => !['output', 'error'].includes(Object.keys(value).join()))
    .map((value) => JSON.stringify(value))
  return fc
    .oneof(
      fc.tuple(plain, fc.boolean()).map(([content, isError]) => ({ content, ...(isError && { isError }) })),
      structured.map((content) => ({ content })),
      fc.tuple(text, media).map((content) => ({ content })),
    )
    .map((said) => ({ type: 'tool-result', id, name, ...said }) as ToolResultPart)
}

/** A question, and the steps that follow: calls, their results, an answer. */
function turn(index: number): Arbitrary<Message[]> {
  return fc
    .record({
      user: fc.array(dressed(fc.oneof<Arbitrary<Part>[]>(text, media)), { minLength: 1, maxLength: 3 }),
      spoken: fc.array(dressed(fc.oneof<Arbitrary<Part>[]>(text, reasoning)), { maxLength: 2 }),
      calls: fc.tuple(dressed(call(`a${index}`)), dressed(call(`b${index}`))),
      answer: fc.array(fc.oneof<Arbitrary<Part>[]>(dressed(text), dressed(reasoning), extension), {
        minLength: 1,
        maxLength: 3,
      }),
    })
    .chain((said) =>
      fc.tuple(...said.calls.map(result)).map((results): Message[] => [
        { role: 'user', content: said.user },
        { role: 'assistant', content: [...said.spoken, ...said.calls] },
        { role: 'tool', content: results },
        { role: 'assistant', content: said.answer },
      ]),
    )
}

/** Requests of which this format can say everything, to a model of the third generation. */
export const requests: Arbitrary<ChatRequest> = fc
  .record({
    system: fc.option(fc.array(text, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    turns: fc.tuple(turn(0), turn(1)),
    rest: optional<Omit<ChatRequest, 'model' | 'messages'>>({
      stream: fc.constant(true),
      tools: fc.array(
        fc.oneof(
          fc
            .tuple(name, optional({ description: words, parameters: object, extensions }))
            .map(([name, more]) => ({ type: 'function' as const, name, ...more })),
          fc.constant({ type: 'hosted' as const, dialect: 'gemini', value: { googleSearch: {} } }),
        ),
        { minLength: 1, maxLength: 1 },
      ),
      toolChoice: fc.oneof(
        fc.constantFrom('auto' as const, 'none' as const, 'required' as const),
        name.map((tool) => ({ tool })),
      ),
      output: fc.oneof(
        fc.constantFrom({ type: 'text' as const }, { type: 'json' as const }),
        object.map((schema) => ({ type: 'json-schema' as const, schema })),
      ),
      reasoning: fc
        .tuple(
          fc.oneof(
            fc
              .constantFrom('minimal' as const, 'low' as const, 'medium' as const, 'high' as const)
              .map((effort) => ({ effort })),
            fc.integer({ min: 1, max: 9000 }).map((budgetTokens) => ({ budgetTokens })),
          ),
          optional({ visible: fc.boolean() }),
        )
        .map(([much, visible]) => ({ ...much, ...visible })),
      maxOutputTokens: fc.nat(),
      temperature: fc.constantFrom(0, 0.5, 2),
      topP: fc.constantFrom(0.1, 1),
      topK: fc.nat(40),
      stop: fc.array(words, { maxLength: 2 }),
      seed: fc.nat(),
      frequencyPenalty: fc.constantFrom(-1, 0.5),
      presencePenalty: fc.constantFrom(-1, 0.5),
      logprobs: fc.boolean(),
      topLogprobs: fc.nat(5),
      n: fc.integer({ min: 1, max: 3 }),
      serviceTier: fc.constantFrom('flex', 'standard', 'priority'),
      metadata: fc
        .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.stringMatching(/^[a-z0-9_-]{0,5}$/), {
          minKeys: 1,
          maxKeys: 2,
        })
        .map((labels) => ({ ...labels })),
      store: fc.boolean(),
      modalities: fc.constantFrom(['text' as const], ['text' as const, 'image' as const]),
      extensions: fc.constantFrom(
        { gemini: { safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }] } },
        { gemini: { generationConfig: { speechConfig: { languageCode: 'de' } }, cachedContent: 'cachedContents/1' } },
        { gemini: { toolConfig: { retrievalConfig: { languageCode: 'de' } } } },
      ),
    }),
  })
  .map(({ system, turns, rest: { toolChoice, ...rest } }) => ({
    model: 'a-model',
    messages: [...(system ? [{ role: 'system' as const, content: system }] : []), ...turns.flat()],
    ...rest,
    // Nobody chooses among no functions.
    ...(toolChoice && rest.tools?.some(({ type }) => type === 'function') && { toolChoice }),
  }))

const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  NO_IMAGE: 'other',
}

const usage: Arbitrary<Usage> = fc
  .record({ input: fc.nat(999), answer: fc.constantFrom(0, 7, 99), fetched: fc.nat(99), details: fc.boolean() })
  .chain(({ input, answer, fetched, details }) =>
    optional({ cachedInputTokens: fc.nat(input), reasoningTokens: fc.integer({ min: 1, max: 99 }) }).map((more) => ({
      inputTokens: input + (details ? fetched : 0),
      outputTokens: answer + (more.reasoningTokens ?? 0),
      ...more,
      ...(details && {
        extensions: {
          gemini: { toolUsePromptTokenCount: fetched, promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }] },
        },
      }),
    })),
  )

/** What was said in pieces is one part again, unless something came with one of the pieces. */
function joinedParts(parts: readonly AnswerPart[]): AnswerPart[] {
  return parts.filter((part, index) => {
    const previous = parts[index - 1]
    const plain = (other?: AnswerPart): boolean =>
      (other?.type === 'text' || other?.type === 'reasoning') && !other.signature && !other.extensions
    return !(previous?.type === part.type && plain(part) && plain(previous))
  })
}

function choice(
  index: number,
  signed: (part: TextPart | ReasoningPart) => TextPart | ReasoningPart,
): Arbitrary<Choice> {
  const spoken = dressed(fc.oneof<Arbitrary<TextPart | ReasoningPart>[]>(text, reasoning)).map((part) =>
    part.signature || part.extensions ? signed(part) : part,
  )
  const token = fc.record({ token: words, logprob: fc.constantFrom(-0.5, -2) })
  return fc
    .record({
      content: fc.array(fc.oneof<Arbitrary<AnswerPart>[]>(spoken, spoken, spoken, dressed(media), extension), {
        maxLength: 6,
      }),
      calls: fc.tuple(dressed(call(`a${index}`)), dressed(call(`b${index}`))),
      count: fc.nat(2),
      raw: fc.constantFrom(...Object.keys(finishReasons)),
      rest: optional<Pick<Choice, 'logprobs' | 'extensions'>>({
        logprobs: fc.array(
          token.chain((one) => fc.array(token, { minLength: 1, maxLength: 2 }).map((top) => ({ ...one, top }))),
          {
            minLength: 1,
            maxLength: 2,
          },
        ),
        extensions,
      }),
    })
    .map(({ content, calls, count, raw, rest }) => ({
      index,
      content: [...joinedParts(content), ...calls.slice(0, count)],
      finishReason: raw === 'STOP' && count > 0 ? 'tool-calls' : finishReasons[raw]!,
      rawFinishReason: raw,
      ...rest,
    }))
}

/** Answers of which this format can say everything. `signed` shapes a text that has a signature. */
export function responses(
  signed: (part: TextPart | ReasoningPart) => TextPart | ReasoningPart = (part) => part,
): Arbitrary<ChatResponse> {
  return fc
    .record({
      head: fc.record({ id: fc.stringMatching(/^[\w-]{4,8}$/), model: name }),
      choices: fc.oneof(fc.tuple(choice(0, signed)), fc.tuple(choice(0, signed), choice(1, signed))),
      usage,
      rest: optional<Pick<ChatResponse, 'created' | 'serviceTier' | 'extensions'>>({
        created: fc.integer({ min: 1, max: 2_000_000_000 }),
        serviceTier: fc.constantFrom('standard', 'flex'),
        extensions,
      }),
    })
    .map(({ head, choices, usage, rest }) => ({ ...head, choices, usage, ...rest }))
}
