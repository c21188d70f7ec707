import fc from 'fast-check'
import type {
  ChatRequest,
  Choice,
  MediaPart,
  Message,
  Part,
  ToolCallPart,
  ToolResultPart,
} from '../src/operations/chat/index.ts'
import type { Usage } from '../src/operations/operation.ts'

// What every format can say.

/** Words without white space at their ends, which Anthropic refuses at some places. */
const words = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((text) => text === text.trim() && text !== '')
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
/** As they are seen at OpenAI, Anthropic, Google, Kimi, and others. */
const callIds = fc.uniqueArray(
  fc.oneof(
    fc.stringMatching(/^(call|toolu)_[A-Za-z0-9]{6}$/),
    fc.nat(9).map((index) => `functions.weather:${index}`),
    fc.uuid(),
  ),
  { minLength: 2, maxLength: 2 },
)
const object = fc
  .dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 2 })), {
    maxKeys: 3,
  })
  .map((value) => JSON.stringify(value))

const text = words.map((text): Part => ({ type: 'text', text }))
const base64 = fc.base64String({ minLength: 4, maxLength: 12 })
const picture = fc.oneof(
  base64.map((data): Part => ({ type: 'image', source: { type: 'base64', data, mediaType: 'image/png' } })),
  fc
    .webPath()
    .map((path): Part => ({ type: 'image', source: { type: 'url', url: `https://example.com${path}/a.png` } })),
  base64.map((data): Part => ({ type: 'file', source: { type: 'base64', data, mediaType: 'application/pdf' } })),
)
const reasoning = words.map((text): Part => ({ type: 'reasoning', text }))

function some<T>(part: fc.Arbitrary<T>, minLength = 1): fc.Arbitrary<T[]> {
  return fc.array(part, { minLength, maxLength: 2 })
}

function optional<T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

/** A question, and the steps to its answer: calls, their results, words. */
const turn: fc.Arbitrary<Message[]> = fc
  .record({
    question: some(fc.oneof(text, picture)),
    before: fc.tuple(some(reasoning, 0), some(text, 0)).map((parts) => parts.flat()),
    ids: callIds,
    calls: some(fc.record({ name, arguments: object, result: fc.oneof(fc.string(), object) }), 0),
    answer: some(text),
  })
  .map(({ question, before, ids, calls, answer }) => {
    const made = calls.map(({ name, arguments: text }, index): ToolCallPart => {
      return { type: 'tool-call', id: ids[index]!, name, arguments: text }
    })
    const results = calls.map(({ result }, index): Message => {
      const part: ToolResultPart = { type: 'tool-result', id: ids[index]!, content: result }
      return { role: 'tool', content: [part] }
    })
    return [
      { role: 'user', content: question },
      ...(made.length > 0 ? [{ role: 'assistant' as const, content: [...before, ...made] }, ...results] : []),
      { role: 'assistant', content: answer },
    ]
  })

const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false }

/** Requests of which every format can say everything, but for thoughts of former turns. */
export const portableRequests: fc.Arbitrary<ChatRequest> = fc
  .record({
    system: fc.option(words, { nil: undefined }),
    turns: fc.array(turn, { maxLength: 2 }),
    last: some(fc.oneof(text, picture)),
    // Anthropic takes thinking neither with a temperature nor with a forced tool.
    manner: fc.oneof(
      fc.record({ temperature: fc.constantFrom(0, 0.5, 1) }),
      fc.record({ topP: fc.constantFrom(0.1, 0.9) }),
      fc.constantFrom('low', 'medium', 'high').map((effort) => ({ reasoning: { effort } })),
      fc.record({
        tools: some(
          fc.record({ type: fc.constant('function'), name, description: words, parameters: fc.constant(schema) }),
        ),
        toolChoice: fc.oneof(fc.constantFrom('auto', 'none', 'required'), fc.record({ tool: name })),
      }),
    ),
    // Anthropic demands one, and OpenAI's Responses take none under 16.
    maxOutputTokens: fc.integer({ min: 16, max: 9999 }),
    rest: optional<ChatRequest>({
      stop: some(words),
      output: fc.constant({ type: 'json-schema', schema }),
      stream: fc.constant(true),
    } as never),
  })
  .map(({ system, turns, last, manner, maxOutputTokens, rest }) => ({
    model: 'a-model',
    messages: [
      ...(system === undefined
        ? []
        : [{ role: 'system' as const, content: [{ type: 'text' as const, text: system }] }]),
      ...turns.flat(),
      { role: 'user', content: last },
    ],
    maxOutputTokens,
    ...manner,
    ...rest,
  })) as fc.Arbitrary<unknown> as fc.Arbitrary<ChatRequest>

/** Counts that every format can tell. */
export const portableUsage: fc.Arbitrary<Usage> = fc
  .record({ fresh: fc.nat(9999), cached: fc.nat(999), answer: fc.nat(9999), thought: fc.integer({ min: 1, max: 999 }) })
  .map(({ fresh, cached, answer, thought }) => ({
    inputTokens: fresh + cached,
    cachedInputTokens: cached,
    outputTokens: answer + thought,
    reasoningTokens: thought,
  }))

interface Speech {
  speaker: 'system' | 'application' | 'model'
  words: string
  media: unknown[]
  calls: unknown[]
  /** Which call of the conversation each result is for, and what it says. */
  results: unknown[]
}

/** What a request says, however the messages are cut and the calls are named. */
export function essenceOfRequest(request: ChatRequest): object {
  const { tools, toolChoice, output, reasoning, maxOutputTokens, temperature, topP, stop, stream } = request
  const called: string[] = []
  const speeches: Speech[] = []
  for (const { role, content } of request.messages) {
    const speaker = role === 'system' ? 'system' : role === 'assistant' ? 'model' : 'application'
    let speech = speeches.at(-1)
    if (speech?.speaker !== speaker) {
      speech = { speaker, words: '', media: [], calls: [], results: [] }
      speeches.push(speech)
    }
    for (const part of content) {
      if (part.type === 'text') speech.words += part.text
      else if (part.type === 'image' || part.type === 'file') speech.media.push(mediaOf(part.source))
      else if (part.type === 'tool-call') {
        called.push(part.id)
        speech.calls.push([part.name, JSON.parse(part.arguments)])
      } else if (part.type === 'tool-result') speech.results.push([called.lastIndexOf(part.id), part.content])
    }
  }
  return {
    speeches,
    tools: tools?.map((tool) => tool.type === 'function' && [tool.name, tool.description, tool.parameters]),
    toolChoice,
    schema: output?.type === 'json-schema' ? output.schema : undefined,
    effort: reasoning?.effort,
    ...{ maxOutputTokens, temperature, topP, stop, stream: stream === true },
  }
}

function mediaOf(source: MediaPart['source']): string {
  return source.type === 'base64' ? source.data : source.type === 'url' ? source.url : source.type
}

/** What an answer says: its words, thoughts and calls, and how it ends. */
export function essenceOfChoice({ index, content, finishReason }: Choice): object {
  const calls = content.filter((part) => part.type === 'tool-call')
  const ending = finishReason && endings[finishReason]
  return {
    index,
    // Only some formats tell a refusal from other words.
    words: content.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join(''),
    reasoning: content.map((part) => (part.type === 'reasoning' ? part.text : '')).join(''),
    calls: calls.map(({ id, name, arguments: text }) => ({ id, name, arguments: JSON.parse(text) })),
    ending: ending === 'end' && calls.length > 0 ? 'calls' : ending,
  }
}

/** Gemini tells calls only by their presence, and no two formats have the same words for failures. */
const endings = {
  stop: 'end',
  'tool-calls': 'end',
  error: 'end',
  other: 'end',
  length: 'length',
  'content-filter': 'content-filter',
} as const
