import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import { cohereChat } from '../../src/dialects/cohere-chat/index.ts'
import type { Dialect, Target } from '../../src/dialects/dialect.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts'
import { sse } from '../../src/dialects/sse.ts'
import {
  type AnswerPart,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  fold,
  unfold,
} from '../../src/operations/chat/index.ts'
import { anthropicMessages as anthropicRules } from '../../src/testing/anthropic-messages.ts'
import { cohereChat as cohereRules } from '../../src/testing/cohere-chat.ts'
import { gemini as geminiRules } from '../../src/testing/gemini.ts'
import { openaiChat as openaiRules } from '../../src/testing/openai-chat.ts'
import { openaiResponses as responsesRules } from '../../src/testing/openai-responses.ts'
import type { WireFormat } from '../../src/testing/wire-format.ts'
import * as anthropicArbitraries from '../dialects/anthropic-messages/arbitraries.ts'
import * as cohereArbitraries from '../dialects/cohere-chat/arbitraries.ts'
import * as geminiArbitraries from '../dialects/gemini/arbitraries.ts'
import * as openaiArbitraries from '../dialects/openai-chat/arbitraries.ts'
import * as responsesArbitraries from '../dialects/openai-responses/arbitraries.ts'
import { essenceOfChoice, essenceOfRequest, portableRequests, portableUsage } from '../portable.ts'

interface Format {
  readonly name: string
  readonly dialect: Dialect<object, ChatRequest, ChatResponse, ChatEvent>
  readonly target: Target<object>
  /** What the simulated provider refuses. */
  readonly rules: WireFormat
  /** All that its providers may answer, and its applications may ask. */
  readonly responses: fc.Arbitrary<ChatResponse>
  readonly requests: fc.Arbitrary<ChatRequest>
  /** The request in which an application sends back an answer as it came. */
  readonly nextTurn: (answer: never) => Written
  /** It knows no stop sequences. */
  readonly stops?: false
  /** It has no documents, names no tool to be called, and takes a schema only where there are no tools. */
  readonly isNarrow?: true
}

const user = { role: 'user', content: '?' }
const formats: readonly Format[] = [
  {
    name: 'openai-chat',
    dialect: openaiChat as Format['dialect'],
    target: {
      provider: 'test',
      model: 'a-model',
      quirks: { reasoningHistory: 'reasoning_details', reasoningRequest: 'reasoning', cacheControl: true, topK: true },
    },
    rules: openaiRules,
    responses: openaiArbitraries.responses(),
    requests: openaiArbitraries.requests(),
    nextTurn: ({ choices: [choice] }: { choices: [{ message: unknown }] }) => ({
      path: '/chat/completions',
      body: { model: 'a-model', messages: [user, choice.message] },
    }),
  },
  {
    name: 'anthropic-messages',
    dialect: anthropicMessages as Format['dialect'],
    target: { provider: 'test', model: 'claude-opus-4-6', quirks: {} },
    rules: anthropicRules,
    responses: anthropicArbitraries.responses,
    requests: anthropicArbitraries.requests,
    nextTurn: ({ content }: { content: unknown }) => ({
      path: '/messages',
      body: { model: 'a-model', messages: [user, { role: 'assistant', content }] },
    }),
  },
  {
    name: 'gemini',
    dialect: gemini as Format['dialect'],
    target: { provider: 'test', model: 'gemini-3-flash', quirks: {} },
    rules: geminiRules,
    responses: geminiArbitraries.responses(),
    requests: geminiArbitraries.requests,
    nextTurn: ({ candidates: [candidate] }: { candidates: [{ content: unknown }] }) => ({
      path: '/models/a-model:generateContent',
      body: { contents: [{ role: 'user', parts: [{ text: '?' }] }, candidate.content] },
    }),
  },
  {
    name: 'openai-responses',
    dialect: openaiResponses as Format['dialect'],
    target: { provider: 'test', model: 'a-model', quirks: {} },
    rules: responsesRules,
    responses: responsesArbitraries.responses,
    requests: responsesArbitraries.requests,
    nextTurn: ({ output }: { output: readonly unknown[] }) => ({
      path: '/responses',
      body: { model: 'a-model', input: [user, ...output] },
    }),
    stops: false,
  },
  {
    name: 'cohere-chat',
    dialect: cohereChat as Format['dialect'],
    target: { provider: 'test', model: 'a-model', quirks: {} },
    rules: cohereRules,
    responses: cohereArbitraries.responses,
    requests: portableRequests,
    nextTurn: ({ message }: { message: unknown }) => ({
      path: '/v2/chat',
      body: { model: 'a-model', messages: [user, message] },
    }),
    isNarrow: true,
  },
]
test.each(formats)(
  'an answer of 200,000 tokens with their probabilities is told in the words of $name',
  ({ dialect }) => {
    const logprobs = Array.from({ length: 200_000 }, () => ({ token: 'a', logprob: -1 }))
    const content = [{ type: 'text', text: 'a' }] as const
    const events = unfold({ id: 'i', model: 'm', choices: [{ index: 0, content, logprobs }], usage: {} })
    expect(folded(events).choices[0]?.logprobs).toHaveLength(logprobs.length)
    const encoder = dialect.downstream!.stream({ model: 'm', messages: [] })
    expect(() => events.map(encoder.push)).not.toThrow()
  },
)

// Many pairs, each with few examples.
fc.configureGlobal({ numRuns: 40 })

const pairs = formats.flatMap((application) =>
  formats.map((provider) => ({ application, provider, title: `${application.name} to ${provider.name}` })),
)

describe.each(pairs)('$title', ({ application, provider }) => {
  test('what every format can ask arrives, and the provider takes it', () => {
    fc.assert(
      fc.property(portableRequests, (portable) => {
        const request = sayable(portable, application, provider)
        const asked = readRequest(application, writeRequest(application, request))
        const wire = writeRequest(provider, asked)
        expect(provider.rules.complaint(wire.body)).toBeUndefined()
        expect(essenceOfRequest(readRequest(provider, wire))).toEqual(essenceOfRequest(request))
      }),
    )
  })

  test('whatever an application of this format asks, something is sent, and no word is lost', () => {
    fc.assert(
      fc.property(application.requests, (request) => {
        const { body } = writeRequest(provider, readRequest(application, writeRequest(application, request)))
        const sent = JSON.stringify(body)
        for (const { role, content } of request.messages) {
          for (const part of content) {
            if (part.type !== 'text' || (role !== 'user' && role !== 'system')) continue
            expect(sent).toContain(JSON.stringify(part.text.trim()).slice(1, -1))
          }
        }
      }),
    )
  })

  test('whatever the provider answers arrives, whole', () => {
    fc.assert(
      fc.property(answersOf(provider), (response) => {
        const answer = readAnswer(provider, writeAnswer(provider, response))
        expectSame(readAnswer(application, writeAnswer(application, answer)), response)
      }),
    )
  })

  test('whatever the provider streams arrives, however its bytes are cut', () => {
    fc.assert(
      fc.property(answersOf(provider), cuts, (response, cuts) => {
        const events = readStream(provider, writeStream(provider, unfold(response)), cuts)
        expectSame(folded(readStream(application, writeStream(application, events), cuts)), response)
      }),
    )
  })

  test('a stream says to the application what the whole answer says', () => {
    fc.assert(
      fc.property(answersOf(provider), (response) => {
        const answer = readAnswer(provider, writeAnswer(provider, response))
        const streamed = folded(readStream(application, writeStream(application, unfold(answer)), [100]))
        expectSame(streamed, readAnswer(application, writeAnswer(application, answer)))
      }),
    )
  })

  test('every proof comes home in the next turn, and is told to nobody else', () => {
    fc.assert(
      fc.property(answersOf(provider), fc.boolean(), (response, streams) => {
        const answer = streams
          ? folded(readStream(application, writeStream(application, unfold(response)), [100]))
          : readAnswer(application, writeAnswer(application, response))
        const next = application.nextTurn(writeAnswer(application, answer) as never)
        const heard = formats.map((format) => {
          return { format, body: JSON.stringify(writeRequest(format, readRequest(application, next)).body) }
        })
        for (const proof of proofsOf(response, provider)) {
          for (const { format, body } of heard) {
            if (format === provider) expect(body).toContain(proof)
            else expect(body).not.toContain(proof)
          }
        }
      }),
    )
  })

  /** Anthropic says one choice only. */
  function expectSame(actual: ChatResponse, expected: ChatResponse): void {
    const choices = Math.min(actual.choices.length, expected.choices.length)
    expect(choices).toBeGreaterThan(0)
    expect(actual.choices.map(essenceOfChoice)).toEqual(expected.choices.slice(0, choices).map(essenceOfChoice))
    expect(actual.usage).toMatchObject(expected.usage)
  }
})

/** What is left of a request that both formats can say. */
function sayable({ stop, ...rest }: ChatRequest, ...pair: readonly Format[]): ChatRequest {
  const request = stop && pair.every(({ stops }) => stops !== false) ? { ...rest, stop } : rest
  if (!pair.some(({ isNarrow }) => isNarrow)) return request
  const { output, tools, toolChoice, reasoning, ...narrow } = request
  const messages = request.messages.map((message) => {
    const content = message.content.filter(({ type }) => type !== 'file')
    return { ...message, content: content.length > 0 ? content : [{ type: 'text' as const, text: 'Read this.' }] }
  })
  return { ...narrow, messages }
}

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })

/** The answers of a provider, with counts, ids and an end of refusals that every format can tell. */
function answersOf({ responses }: Format): fc.Arbitrary<ChatResponse> {
  return fc.tuple(responses, portableUsage).map(([response, usage]) => ({
    ...response,
    usage,
    choices: response.choices.map((choice) => ({
      ...choice,
      ...(choice.content.some(({ type }) => type === 'refusal') && filtered),
      content: choice.content.map(distinct),
    })),
  }))
}

function distinct(part: AnswerPart, index: number): AnswerPart {
  return {
    ...part,
    ...(part.type === 'tool-call' && { id: `call_${index}` }),
    ...('signature' in part && part.signature && { signature: { ...part.signature, value: `cHJvb2Y${index}` } }),
  }
}

const filtered = { finishReason: 'content-filter', rawFinishReason: 'content_filter' } as const

/** The proofs that every format can give back: not those of pictures, and of texts the last one. */
function proofsOf({ choices: [choice] }: ChatResponse, { name }: Format): readonly string[] {
  const texts: string[] = []
  const others: string[] = []
  for (const part of choice?.content ?? []) {
    if (!('signature' in part) || 'source' in part || part.signature?.origin !== name) continue
    ;(part.type === 'text' ? texts : others).push(part.signature.value)
  }
  return [...others, ...texts.slice(-1)]
}

interface Written {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

function writeRequest({ dialect, target }: Format, request: ChatRequest): Written {
  const { path, body } = dialect.upstream.encode(request, target)
  return { path, body: JSON.parse(JSON.stringify(body)) }
}

function readRequest({ dialect }: Format, { path, body }: Written): ChatRequest {
  const { downstream } = dialect
  return downstream!.decode(body, downstream!.match(`/v1${path.split('?')[0]}`)!)
}

const request: ChatRequest = {
  model: 'a-model',
  messages: [],
  extensions: { 'openai-chat': { stream_options: { include_usage: true } } },
}

function writeAnswer({ dialect }: Format, response: ChatResponse): unknown {
  return JSON.parse(JSON.stringify(dialect.downstream!.encode(response, request)))
}

function readAnswer({ dialect, target }: Format, body: unknown): ChatResponse {
  return dialect.upstream.decode(body, target)
}

function writeStream({ dialect }: Format, events: readonly ChatEvent[]): Uint8Array {
  const encoder = dialect.downstream!.stream(request)
  return new TextEncoder().encode(events.map((event) => encoder.push(event)).join('') + encoder.end())
}

function readStream({ dialect, target }: Format, bytes: Uint8Array, cuts: readonly number[]): ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = dialect.upstream.stream(target)
  const onFrame = (frame: Parameters<typeof decoder.push>[0]): void => decoder.push(frame, events)
  const parser = dialect.upstream.frames?.('text/event-stream', onFrame) ?? sse(onFrame)
  for (let start = 0, cut = 0; start < bytes.length; cut++) {
    const end = start + cuts[cut % cuts.length]!
    parser.feed(bytes.subarray(start, end))
    start = end
  }
  parser.end()
  decoder.end(events)
  return events
}

function folded(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}
