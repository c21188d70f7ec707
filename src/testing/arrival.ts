import { anthropicMessages } from './anthropic-messages.ts'
import { bedrockConverse } from './bedrock-converse.ts'
import { cohereChat } from './cohere-chat.ts'
import { anthropicCountTokens, geminiCountTokens, openaiInputTokens } from './count-tokens.ts'
import { cohereEmbeddings, geminiEmbeddings, openaiEmbeddings } from './embeddings.ts'
import { gemini } from './gemini.ts'
import { openaiImages } from './images.ts'
import { mistral } from './mistral.ts'
import { openaiModeration } from './moderation.ts'
import { ollama } from './ollama.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import { rerank } from './rerank.ts'
import { openaiSpeech } from './speech.ts'
import { openaiTranscription } from './transcription.ts'
import type { WireFormat } from './wire-format.ts'

/** The formats that the simulator speaks, found by a request's path. */
const formats: readonly WireFormat[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  gemini,
  bedrockConverse,
  cohereChat,
  ollama,
  openaiEmbeddings,
  geminiEmbeddings,
  cohereEmbeddings,
  rerank,
  openaiModeration,
  openaiInputTokens,
  anthropicCountTokens,
  geminiCountTokens,
  openaiImages,
  openaiSpeech,
  openaiTranscription,
]

/** Providers that depart so far from a format that they have their own. */
const departures: Readonly<Record<string, WireFormat>> = { mistral }

/** Tells the format of a request from its path. */
export function formatOf(path: string, provider: string): WireFormat | undefined {
  const format = formats.find((format) => format.matches(path))
  const own = departures[provider]
  return format && own?.id === format.id ? own : format
}

/** Which part of a host's name tells the provider, and which. */
const hosts: readonly (readonly [suffix: string, provider: string])[] = [
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'google'],
  ['aiplatform.googleapis.com', 'vertex'],
  ['azure.com', 'azure'],
  ['amazonaws.com', 'bedrock'],
  ['api.groq.com', 'groq'],
  ['openrouter.ai', 'openrouter'],
  ['api.mistral.ai', 'mistral'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'xai'],
  ['api.together.xyz', 'together'],
  ['api.together.ai', 'together'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.moonshot.ai', 'moonshot'],
  ['api.z.ai', 'zai'],
  ['api.sambanova.ai', 'sambanova'],
  ['router.huggingface.co', 'huggingface'],
  ['api.cohere.com', 'cohere'],
  ['localhost:11434', 'ollama'],
  ['api.voyageai.com', 'voyage'],
  ['api.jina.ai', 'jina'],
]

/** Tells the provider from a host; the host itself where it is not known. */
export function providerOf(host: string, own: Readonly<Record<string, string>>): string {
  return own[host] ?? hosts.find(([suffix]) => host.endsWith(suffix))?.[1] ?? host
}

/** Finds the key that a request is signed with. */
export function keyOf(headers: Readonly<Record<string, string>>, url: URL): string | undefined {
  const bearer = /^bearer +(.+)$/i.exec(headers['authorization'] ?? '')?.[1]
  const signed = /Credential=([^/]+)/.exec(headers['authorization'] ?? '')?.[1]
  const key = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key'] ?? bearer ?? signed
  return key ?? url.searchParams.get('key') ?? undefined
}

/** What any runtime's `fetch` may be given, as far as the simulator reads it. */
export interface SimulatorInit {
  readonly method?: string | undefined
  readonly headers?: unknown
  readonly body?: unknown
  readonly signal?: AbortSignal | null | undefined
  readonly redirect?: string | undefined
}

/** One request, in whichever form it was given. */
export interface IncomingRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Record<string, string>
  /** Text at once where it can be, so that a call is on record as soon as it is made. */
  readonly body: string | Promise<string>
  readonly signal: AbortSignal | undefined
  readonly redirect: string
}

/** Reads the arguments of `fetch`. */
export function readRequest(input: string | URL | Request, init: SimulatorInit = {}): IncomingRequest {
  const request = typeof input === 'string' || input instanceof URL ? undefined : input
  const url = new URL(request ? request.url : (input as string | URL))
  return {
    url,
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    headers: readHeaders(init.headers ?? request?.headers),
    body: init.body != null ? readBody(init.body) : request ? readRequestBody(request) : '',
    signal: (init.signal === undefined ? request?.signal : init.signal) ?? undefined,
    redirect: init.redirect ?? request?.redirect ?? 'follow',
  }
}

function readHeaders(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null) return {}
  const isPlain = Object.getPrototypeOf(given) === Object.prototype
  const pairs = isPlain ? Object.entries(given) : new Headers(given as Headers)
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) headers[name.toLowerCase()] = String(value)
  return headers
}

function readRequestBody(request: Request): Promise<string> {
  const isForm = request.headers.get('content-type')?.startsWith('multipart/')
  return isForm ? request.formData().then(formText) : request.text()
}

/** A form as JSON: a name with brackets is a list, and of a file only its outside is told. */
function formText(form: FormData): string {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of form) {
    const field = typeof value === 'string' ? value : { name: value.name, type: value.type, size: value.size }
    const plain = name.replace('[]', '')
    fields[plain] = plain === name ? field : [...((fields[plain] as unknown[] | undefined) ?? []), field]
  }
  return JSON.stringify(fields)
}

function readBody(body: unknown): string | Promise<string> {
  if (typeof body === 'string') return body
  if (body instanceof FormData) return formText(body)
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  return new Response(body as ConstructorParameters<typeof Response>[0]).text()
}
