import type { ChatFormat, Simulator, SimulatorInit } from '../../src/testing/index.ts'

interface Ask {
  readonly stream?: boolean
  readonly body?: Record<string, unknown>
  readonly init?: SimulatorInit
  readonly host?: string
}

const prompt = 'What is 6 × 7?'

const requests: Record<ChatFormat, (ask: Ask) => { url: string; body: Record<string, unknown> }> = {
  'openai-chat': ({ stream, host = 'api.openai.com' }) => ({
    url: `https://${host}/v1/chat/completions`,
    body: {
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: prompt }],
      ...(stream && { stream, stream_options: { include_usage: true } }),
    },
  }),
  'anthropic-messages': ({ stream, host = 'api.anthropic.com' }) => ({
    url: `https://${host}/v1/messages`,
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 1000,
      messages: [{ role: 'user', content: prompt }],
      ...(stream && { stream }),
    },
  }),
  gemini: ({ stream, host = 'generativelanguage.googleapis.com' }) => ({
    url: `https://${host}/v1beta/models/gemini-2.5-flash:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text: prompt }] }] },
  }),
}

export const formats = Object.keys(requests) as ChatFormat[]

/** Sends a small request in a format. */
export function ask(simulator: Simulator, format: ChatFormat = 'openai-chat', options: Ask = {}): Promise<Response> {
  const { url, body } = requests[format](options)
  return simulator.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'key-1' },
    body: JSON.stringify({ ...body, ...options.body }),
    ...options.init,
  })
}

/** JSON of no particular type, for tests that look into it. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects by expecting it.
export type Json = any

/** Reads a whole answer. */
export async function whole(response: Promise<Response>): Promise<Json> {
  return (await response).json()
}

/** Reads the events of a stream. */
export async function events(response: Promise<Response>): Promise<{ event: string | undefined; data: Json }[]> {
  const text = await (await response).text()
  return text
    .split(/\r?\n\r?\n/)
    .filter((block) => block.includes('data:'))
    .map((block) => {
      const data = /^data: (.*)$/m.exec(block)![1]!
      return { event: /^event: (.*)$/m.exec(block)?.[1], data: data === '[DONE]' ? data : JSON.parse(data) }
    })
}

/** Reads a body in its reads, up to its end or its failure. */
export async function reads(response: Promise<Response>): Promise<{ texts: string[]; error?: unknown }> {
  const texts: string[] = []
  const decoder = new TextDecoder()
  try {
    for await (const bytes of (await response).body!) texts.push(decoder.decode(bytes, { stream: true }))
    return { texts }
  } catch (error) {
    return { texts, error }
  }
}
