import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts'
import { sse } from '../../src/dialects/sse.ts'
import { createGateway, type Gateway, GatewayError, type GatewayOptions, ordered } from '../../src/index.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, fold } from '../../src/operations/chat/index.ts'
import { bearer } from '../../src/providers/auth.ts'
import type { AnyProvider } from '../../src/providers/provider.ts'
import type { FetchInit, FetchResponse } from '../../src/runtime.ts'
import { type Clock, createClock } from '../../src/testing/index.ts'

// Models that go on from what they have said, in any format: a format's other half writes what its provider would.

export type ChatDialect = Dialect<object, ChatRequest, ChatResponse, ChatEvent>

export interface ChatFormat {
  readonly name: string
  readonly dialect: ChatDialect
  readonly path: string
  /** A request of an application, for the model that it names. */
  readonly ask: (model: string, words: string) => Readonly<Record<string, unknown>>
}

export const formats: readonly ChatFormat[] = [
  {
    name: 'openai-chat',
    dialect: openaiChat as ChatDialect,
    path: '/v1/chat/completions',
    ask: (model, words) => ({ model, stream: true, messages: [{ role: 'user', content: words }] }),
  },
  {
    name: 'anthropic-messages',
    dialect: anthropicMessages as ChatDialect,
    path: '/v1/messages',
    ask: (model, words) => ({ model, stream: true, max_tokens: 4000, messages: [{ role: 'user', content: words }] }),
  },
  {
    name: 'gemini',
    dialect: gemini as ChatDialect,
    path: '/v1beta/models/told:streamGenerateContent?alt=sse',
    ask: (_, words) => ({ contents: [{ role: 'user', parts: [{ text: words }] }] }),
  },
  {
    name: 'openai-responses',
    dialect: openaiResponses as ChatDialect,
    path: '/v1/responses',
    ask: (model, words) => ({ model, stream: true, input: words }),
  },
]

/** How a model goes on from words that are put into its mouth. `overlaps`: it repeats so many characters first. */
export type Manner = { readonly overlaps: number } | 'begins again' | 'refuses' | 'other words'

/** What one request meets. `cut`: the writes of its stream after which it breaks off; undefined: none. */
export interface Meeting {
  readonly text: readonly string[]
  readonly manner?: Manner
  readonly cut?: number | undefined
  readonly how?: 'broken' | 'ended' | 'error' | 'stalled'
  readonly before?: readonly ChatEvent[]
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number }
  /** What it says of its usage before its first word. */
  readonly early?: { readonly inputTokens: number; readonly outputTokens: number }
  readonly finishReason?: 'stop' | 'length'
}

export interface Telling {
  readonly gateway: Gateway
  readonly clock: Clock
  /** What was asked, decoded, in order. */
  readonly asked: readonly { readonly host: string; readonly request: ChatRequest; readonly prefill: string }[]
  /** How many writes the last uncut stream took. */
  readonly writes: () => number
}

export type Options = Omit<GatewayOptions<readonly AnyProvider[], unknown>, 'providers' | 'models'> & {
  readonly prefill?: boolean
}

/** A gateway of `one` and `two`, which speak these formats, in a group `told`. */
export function tell(
  [one, two]: readonly [ChatFormat, ChatFormat],
  meet: (host: string, number: number, words: string) => Meeting,
  { prefill = true, ...options }: Options = {},
): Telling {
  const clock = createClock()
  const asked: { host: string; request: ChatRequest; prefill: string }[] = []
  let writes = 0
  const row = (id: string, { dialect }: ChatFormat): AnyProvider => ({
    id,
    baseURL: `https://${id}.test/v1`,
    auth: { scheme: bearer, env: ['KEY'], optional: true },
    operations: { chat: { dialect: dialect as never, prefill } },
    models: { m: { price: { input: 1, output: 1 } } },
  })

  async function fetch(url: string, init: FetchInit): Promise<FetchResponse> {
    const { host, pathname } = new URL(url)
    const { dialect } = host.startsWith('one') ? one : two
    const door = dialect.downstream!.match(pathname)
    const request = dialect.downstream!.decode(JSON.parse(init.body as string), door!)
    const last = request.messages.at(-1)!
    const said = last.role === 'assistant' ? (last.content[0] as { text: string }).text : ''
    const words = (request.messages.find(({ role }) => role === 'user')!.content[0] as { text: string }).text
    const meeting = meet(host.split('.')[0]!, asked.length, words)
    asked.push({ host: host.split('.')[0]!, request, prefill: said })
    if (meeting.manner === 'refuses' && said !== '') {
      const error = new GatewayError('invalid_request', 'This model does not support assistant message prefill.')
      return new Response(JSON.stringify(dialect.downstream!.error(error)), { status: 400 }) as never
    }
    const encoder = dialect.downstream!.stream({
      ...request,
      extensions: { 'openai-chat': { stream_options: { include_usage: true } } },
    })
    const pieces: string[] = []
    for (const event of eventsOf(meeting, said)) pieces.push(encoder.push(event) as string)
    pieces.push(encoder.end())
    const filled = pieces.filter((piece) => piece !== '')
    if (meeting.cut === undefined) writes = filled.length
    return new Response(
      bodyOf(filled, meeting, (error) => encoder.error(error), init.signal),
      {
        headers: { 'content-type': 'text/event-stream' },
      },
    ) as never
  }

  const gateway = createGateway({
    providers: [row('one', one), row('two', two)] as readonly AnyProvider[],
    models: { told: ['one/m', 'two/m'] },
    dialects: formats.map(({ dialect }) => dialect) as never,
    routing: ordered(),
    retry: { limit: 0 },
    ...options,
    runtime: { fetch, now: clock.now, timer: clock.timer, random: () => 0.5, env: () => undefined },
  } as GatewayOptions<readonly AnyProvider[], unknown>) as Gateway
  return { gateway, clock, asked, writes: () => writes }
}

/** Asks in an application's format, and reads the text that it is told. Throws what the stream says in place of an end. */
export async function askAs(
  { dialect, path, ask }: ChatFormat,
  { gateway }: Telling,
  words = 'Tell.',
): Promise<ChatResponse> {
  const host = 'https://one.test'
  const response = await gateway.fetch(`${host}${path}`, { method: 'POST', body: JSON.stringify(ask('told', words)) })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const events: ChatEvent[] = []
  const decoder = dialect.upstream.stream({ provider: 'the gateway', model: 'told', quirks: {} })
  const onFrame = (frame: Parameters<typeof decoder.push>[0]): void => decoder.push(frame, events)
  const parser = dialect.upstream.frames?.('text/event-stream', onFrame) ?? sse(onFrame)
  const reader = response.body!.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) parser.feed(read.value)
  parser.end()
  decoder.end(events)
  const answer = fold()
  for (const event of events) answer.add(event)
  return answer.result()
}

export function textOf({ choices }: ChatResponse): string {
  return choices.flatMap(({ content }) => content.flatMap((part) => (part.type === 'text' ? part.text : []))).join('')
}

/** What a model with a whole text in mind says when so much of it is in its mouth. */
function eventsOf(
  { text, manner = { overlaps: 0 }, before = [], usage, early, finishReason = 'stop' }: Meeting,
  said: string,
): ChatEvent[] {
  const whole = text.join('')
  const from =
    said === '' || manner === 'begins again' || manner === 'refuses'
      ? 0
      : manner === 'other words'
        ? -1
        : Math.max(0, said.length - manner.overlaps)
  const chunks = from < 0 ? ['Certainly! ', 'Here is ', 'another story.'] : chunksFrom(text, whole, from)
  const part = said === '' && before.length > 0 ? 1 : 0
  return [
    { type: 'message-start', id: 'id', model: 'm' },
    ...(early ? [{ type: 'usage', usage: early } as const] : []),
    ...(said === '' ? before : []),
    ...chunks.map((chunk): ChatEvent => ({ type: 'text-delta', choice: 0, part, text: chunk })),
    ...(chunks.length > 0 ? [{ type: 'part-end', choice: 0, part } as const] : []),
    { type: 'finish', choice: 0, finishReason, rawFinishReason: finishReason },
    { type: 'usage', usage: usage ?? { inputTokens: 10, outputTokens: chunks.length } },
    { type: 'message-end' },
  ]
}

function chunksFrom(text: readonly string[], whole: string, from: number): readonly string[] {
  if (from === 0) return text
  const chunks: string[] = []
  let at = 0
  for (const chunk of text) {
    const rest = chunk.slice(Math.max(0, from - at))
    if (rest !== '') chunks.push(rest)
    at += chunk.length
  }
  if (chunks.join('') !== whole.slice(from)) throw new Error('The model has lost its text.')
  return chunks
}

function bodyOf(
  pieces: readonly string[],
  { cut = Number.POSITIVE_INFINITY, how = 'broken' }: Meeting,
  failure: (error: GatewayError) => string,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let index = 0
  let leave = (): void => {}
  const forget = (): void => signal?.removeEventListener('abort', leave)
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        leave = () => controller.error(signal?.reason)
        signal?.addEventListener('abort', leave)
      },
      pull(controller) {
        if (index < Math.min(cut, pieces.length)) {
          controller.enqueue(encoder.encode(pieces[index++]))
          return undefined
        }
        if (index >= cut && how === 'stalled') return new Promise(() => {})
        forget()
        if (index >= cut && how === 'broken') {
          controller.error(new TypeError('terminated'))
          return undefined
        }
        if (index >= cut && how === 'error')
          controller.enqueue(encoder.encode(failure(new GatewayError('provider_overloaded', 'Overloaded'))))
        controller.close()
        return undefined
      },
      cancel: forget,
    },
    { highWaterMark: 0 },
  )
}
