import { crc32 } from 'node:zlib'
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
  'openai-responses': ({ stream, host = 'api.openai.com' }) => ({
    url: `https://${host}/v1/responses`,
    body: {
      model: 'gpt-5-mini',
      input: [{ role: 'user', content: prompt }],
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      ...(stream && { stream }),
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
  'bedrock-converse': ({ stream, host = 'bedrock-runtime.us-east-1.amazonaws.com' }) => ({
    url: `https://${host}/model/us.amazon.nova-lite-v1%3A0/converse${stream ? '-stream' : ''}`,
    body: { messages: [{ role: 'user', content: [{ text: prompt }] }] },
  }),
  'cohere-chat': ({ stream, host = 'api.cohere.com' }) => ({
    url: `https://${host}/v2/chat`,
    body: { model: 'command-a-03-2025', messages: [{ role: 'user', content: prompt }], ...(stream && { stream }) },
  }),
  ollama: ({ stream = false, host = 'localhost:11434' }) => ({
    url: `http://${host}/api/chat`,
    body: { model: 'qwen3:4b', messages: [{ role: 'user', content: prompt }], stream },
  }),
}

export const formats = Object.keys(requests) as ChatFormat[]

/** What allows an answer of so many tokens, in the words of each format. */
export const maximum: Record<ChatFormat, (tokens: number) => Record<string, unknown>> = {
  'openai-chat': (max_completion_tokens) => ({ max_completion_tokens }),
  'openai-responses': (max_output_tokens) => ({ max_output_tokens }),
  'anthropic-messages': (max_tokens) => ({ max_tokens }),
  gemini: (maxOutputTokens) => ({ generationConfig: { maxOutputTokens } }),
  'bedrock-converse': (maxTokens) => ({ inferenceConfig: { maxTokens } }),
  'cohere-chat': (max_tokens) => ({ max_tokens }),
  ollama: (num_predict) => ({ options: { num_predict } }),
}

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

interface StreamEvent {
  readonly event: string | undefined
  readonly data: Json
}

/** Reads the events of a stream, in whichever framing it comes. */
export async function events(response: Promise<Response>): Promise<StreamEvent[]> {
  const found = await payloads(response)
  return found.map(({ event, text }) => ({ event, data: text === '[DONE]' ? text : JSON.parse(text) }))
}

/** Reads the events of a stream as the texts that they are, which may be no JSON. */
export async function payloads(response: Promise<Response>): Promise<{ event: string | undefined; text: string }[]> {
  const { headers } = await response
  const type = headers.get('content-type') ?? ''
  if (type.includes('amazon.eventstream')) return awsPayloads(new Uint8Array(await (await response).arrayBuffer()))
  const text = await (await response).text()
  if (type.includes('ndjson')) {
    const lines = text.split('\n').filter(Boolean)
    return lines.map((line) => ({ event: undefined, text: line }))
  }
  return text
    .split(/\r?\n\r?\n/)
    .filter((block) => /^data: /m.test(block))
    .map((block) => ({ event: /^event: (.*)$/m.exec(block)?.[1], text: /^data: (.*)$/m.exec(block)![1]! }))
}

/** Takes AWS's frames apart, and checks both sums of each. */
function awsPayloads(bytes: Uint8Array): { event: string | undefined; text: string }[] {
  const found: { event: string | undefined; text: string }[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let start = 0; start < bytes.length; ) {
    const length = view.getUint32(start)
    const headLength = view.getUint32(start + 4)
    const sums = [view.getUint32(start + 8), view.getUint32(start + length - 4)]
    const wanted = [crc32(bytes.subarray(start, start + 8)), crc32(bytes.subarray(start, start + length - 4))]
    if (length < 16 || String(sums) !== String(wanted)) throw new Error('A length or a checksum is wrong.')
    const headers = awsHeaders(bytes.subarray(start + 12, start + 12 + headLength))
    const text = new TextDecoder().decode(bytes.subarray(start + 12 + headLength, start + length - 4))
    found.push({ event: headers[':event-type'] ?? headers[':exception-type'], text })
    start += length
  }
  return found
}

function awsHeaders(bytes: Uint8Array): Record<string, string> {
  const headers: Record<string, string> = {}
  const text = (start: number, length: number): string =>
    new TextDecoder().decode(bytes.subarray(start, start + length))
  for (let at = 0; at < bytes.length; ) {
    const name = text(at + 1, bytes[at]!)
    at += 1 + bytes[at]!
    if (bytes[at] !== 7) throw new Error('A header is no string.')
    const length = bytes[at + 1]! * 256 + bytes[at + 2]!
    headers[name] = text(at + 3, length)
    at += 3 + length
  }
  return headers
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
