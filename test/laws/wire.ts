import fc from 'fast-check'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { openaiResponses as responsesDialect } from '../../src/dialects/openai-responses/index.ts'
import { createGateway, type Gateway } from '../../src/index.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, chat, unfold } from '../../src/operations/chat/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { cohere } from '../../src/providers/cohere.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import type { AnyProvider } from '../../src/providers/provider.ts'
import type { FetchResponse } from '../../src/runtime.ts'
import * as anthropicMessages from '../dialects/anthropic-messages/arbitraries.ts'
import * as cohereChat from '../dialects/cohere-chat/arbitraries.ts'
import * as gemini from '../dialects/gemini/arbitraries.ts'
import * as openaiChat from '../dialects/openai-chat/arbitraries.ts'
import * as openaiResponses from '../dialects/openai-responses/arbitraries.ts'

/** A wire format, and all that its providers may answer. */
export interface Format {
  readonly row: AnyProvider
  readonly dialect: Dialect<object, ChatRequest, ChatResponse, ChatEvent>
  /** Where an application asks for a stream. */
  readonly url: string
  readonly whole: fc.Arbitrary<ChatResponse>
  /** Those that a stream can say to the letter. */
  readonly streamed: fc.Arbitrary<ChatResponse>
}

/** OpenAI, by its other format. */
const responsesRow: AnyProvider = { ...openai, operations: { chat: { dialect: responsesDialect } } }

const dialectOf = (row: AnyProvider): Format['dialect'] => row.operations.chat!.dialect as Format['dialect']

export const formats: readonly Format[] = [
  {
    row: openai,
    dialect: dialectOf(openai),
    url: `${openai.baseURL}/chat/completions`,
    whole: openaiChat.responses(),
    streamed: openaiChat.responses(),
  },
  {
    row: anthropic,
    dialect: dialectOf(anthropic),
    url: `${anthropic.baseURL}/v1/messages`,
    whole: anthropicMessages.responses,
    streamed: anthropicMessages.responses,
  },
  {
    row: google,
    dialect: dialectOf(google),
    url: `${google.baseURL}/models/m:streamGenerateContent?alt=sse`,
    whole: gemini.responses(),
    // What comes with the end of a text is said on an empty part of its own.
    streamed: gemini.responses((part) => ({ ...part, text: '' })),
  },
  {
    row: responsesRow,
    dialect: dialectOf(responsesRow),
    url: `${openai.baseURL}/responses`,
    whole: openaiResponses.responses,
    streamed: openaiResponses.streamed,
  },
  {
    row: cohere,
    dialect: dialectOf(cohere),
    url: `${cohere.baseURL}/chat`,
    whole: cohereChat.responses.map(asModel),
    streamed: cohereChat.responses.map(asModel),
  },
]

/** Cohere does not say which model answers: the one that was asked does. */
function asModel(response: ChatResponse): ChatResponse {
  return { ...response, model: 'm' }
}

export const question: ChatRequest = {
  model: 'm',
  messages: [{ role: 'user', content: [{ type: 'text', text: '?' }] }],
}

/** An answer that the gateway takes for one: not empty. */
export function isAnswer(response: ChatResponse): boolean {
  return chat.emptiness(response, question) === undefined
}

/** The text of a stream, as the downstream half of its dialect writes it. */
export function streamOf({ dialect }: Format, response: ChatResponse, request: ChatRequest = question): string {
  const encoder = dialect.downstream!.stream(request)
  return (
    unfold(response)
      .map((event) => encoder.push(event))
      .join('') + encoder.end()
  )
}

/** How bytes arrive: the lengths of the reads, over and over. One at a time, few, or several events at once. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 6 }),
)

/** A gateway whose provider answers with these bytes, cut into reads. */
export function gatewayOf({ row }: Format, body: string, lengths?: readonly number[]): Gateway {
  const type = lengths ? 'text/event-stream' : 'application/json'
  return createGateway({
    providers: [{ ...row, apiKey: 'sk-of-this-test' }],
    maxAttempts: 1,
    runtime: {
      fetch: async () =>
        new Response(reads(new TextEncoder().encode(body), lengths), {
          headers: { 'content-type': type },
        }) as FetchResponse,
    },
  }) as Gateway
}

function reads(bytes: Uint8Array, lengths: readonly number[] = [bytes.length]): ReadableStream<Uint8Array> {
  let start = 0
  let next = 0
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(start, (start += lengths[next++ % lengths.length]!)))
    },
  })
}
