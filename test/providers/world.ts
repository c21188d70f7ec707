import { createGateway, type Gateway } from '../../src/index.ts'
import * as exported from '../../src/providers/index.ts'
import type { AnyProvider } from '../../src/providers/provider.ts'
import { createSimulator } from '../../src/testing/index.ts'
import { eventFrame } from '../dialects/bedrock-converse/wire.ts'

/** All rows that chat, by the names under which they are exported. */
export const rows: ReadonlyMap<string, AnyProvider> = new Map(
  Object.entries<unknown>(exported).filter(
    (entry): entry is [string, AnyProvider] => isRow(entry[1]) && !!entry[1].operations.chat,
  ),
)

/** A request that a provider got. */
export interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

export interface RowWorld {
  readonly gateway: Gateway
  readonly sent: readonly Sent[]
}

/** A gateway of one row, whose environment has whatever it is asked for unless it is told, and the requests that leave it. */
export function rowWorld(
  row: AnyProvider,
  env: (name: string) => string | undefined = (name) => (keys(row).has(name) ? 'secret' : 'acme'),
): RowWorld {
  const sent: Sent[] = []
  const simulator = createSimulator()
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    if (url.includes('/identity/token')) return Response.json({ access_token: 'exchanged', expires_in: 3600 })
    const body = JSON.parse(String(init.body))
    sent.push({ url, headers: init.headers as Record<string, string>, body })
    const own = answers[row.operations.chat!.dialect.id]
    if (own) return own(/stream/.test(url) || body['stream'] === true)
    const path = row.operations.chat!.dialect.id === 'openai-chat' ? '/v1/chat/completions' : new URL(url).pathname
    return simulator.fetch(`https://simulated.test${path}`, {
      ...init,
      body: JSON.stringify({ model: 'any-model', ...body }),
    })
  }
  const gateway = createGateway({ providers: [row], runtime: { fetch: fetch as never, env, print: () => {} } })
  return { gateway: gateway as unknown as Gateway, sent }
}

/** The environment variables that may hold a row's key. */
export function keys({ auth }: AnyProvider): ReadonlySet<string> {
  return new Set(auth.env.flat().map((name) => name.replace('?', '')))
}

/** The environment variables that may hold a row's settings. */
export function settingNames({ settings = {} }: AnyProvider): readonly string[] {
  return Object.values(settings).flatMap(({ env }) => env ?? [])
}

/** How those answer whose format the simulator does not speak. */
const answers: Readonly<Record<string, (stream: boolean) => Response>> = {
  'cohere-chat': (stream) =>
    stream
      ? eventStream([
          { type: 'message-start', id: '1', delta: { message: { role: 'assistant', content: [] } } },
          { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
          { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello' } } } },
          { type: 'content-end', index: 0 },
          { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: { tokens: tokens } } },
        ])
      : Response.json({
          id: '1',
          finish_reason: 'COMPLETE',
          message: { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
          usage: { tokens },
        }),
  'bedrock-converse': (stream) =>
    stream
      ? new Response(
          Buffer.concat(
            [
              ['messageStart', { role: 'assistant' }] as const,
              ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } }] as const,
              ['contentBlockStop', { contentBlockIndex: 0 }] as const,
              ['messageStop', { stopReason: 'end_turn' }] as const,
              ['metadata', { usage: bedrockUsage, metrics: { latencyMs: 1 } }] as const,
            ].map(eventFrame),
          ),
          { headers: { 'content-type': 'application/vnd.amazon.eventstream' } },
        )
      : Response.json({
          output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
          stopReason: 'end_turn',
          usage: bedrockUsage,
        }),
  ollama: (stream) => {
    const message = { role: 'assistant', content: 'Hello' }
    const end = { model: 'any-model', done: true, done_reason: 'stop', prompt_eval_count: 1, eval_count: 1 }
    if (!stream) return Response.json({ ...end, message })
    const lines = [
      { model: 'any-model', message, done: false },
      { ...end, message: { role: 'assistant', content: '' } },
    ]
    return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), {
      headers: { 'content-type': 'application/x-ndjson' },
    })
  },
}

const tokens = { input_tokens: 1, output_tokens: 1 }
const bedrockUsage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 }

function eventStream(events: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]): Response {
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } })
}

function isRow(value: unknown): value is AnyProvider {
  return typeof value === 'object' && value !== null && 'baseURL' in value
}
