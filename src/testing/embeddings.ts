import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { geminiModel, wholeFormat, wordsOf } from './whole-format.ts'
import { type Arrival, field, list, positive, type WireFormat } from './wire-format.ts'

/** Speaks OpenAI's Embeddings, as Voyage, Jina and many others do. */
export const openaiEmbeddings: WireFormat = wholeFormat(
  {
    id: 'openai-embeddings',
    matches: (path) => path.endsWith('/embeddings'),
    input: ({ body }) => inputsIn(body['input']).map((input) => (isTokens(input) ? asText(input) : input)),
    complaint(body) {
      if (typeof body['model'] !== 'string') return 'you must provide a model parameter'
      const inputs = inputsIn(body['input'])
      if (inputs.length === 0 || inputs.includes('')) return "Invalid 'input': input cannot be an empty string."
      return inputs.length > 2048 ? "Invalid 'input': array too long. Expected at most 2048 items." : undefined
    },
    answer({ model, usage, reportUsage }, { body, provider }) {
      const dimensions = positive(body['dimensions'] ?? body['output_dimension'], usualDimensions(model))
      const types = [body['encoding_format'], body['embedding_type'], body['output_dtype']]
      const data = inputsIn(body['input']).map((input, index) => {
        const vector = vectorOf(input, dimensions)
        const embedding = types.includes('base64') ? base64(vector) : types.includes('int8') ? bytes(vector) : vector
        return { object: 'embedding', index, embedding }
      })
      const tokens = { total_tokens: usage.inputTokens }
      return {
        object: 'list',
        data,
        model,
        ...(reportUsage && { usage: provider === 'voyage' ? tokens : { prompt_tokens: usage.inputTokens, ...tokens } }),
      }
    },
  },
  openaiChat,
)

/** Speaks Gemini's `embedContent` and `batchEmbedContents`. */
export const geminiEmbeddings: WireFormat = wholeFormat(
  {
    id: 'gemini-embeddings',
    matches: (path) => /:(embedContent|batchEmbedContents)$/.test(path),
    modelOf: geminiModel,
    input: ({ body }) => contentsIn(body),
    complaint(body) {
      const contents = contentsIn(body)
      if (contents.length > 100)
        return `* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch, but found ${contents.length}`
      return contents.every((content) => list(field(content, 'parts')).length > 0)
        ? undefined
        : '* EmbedContentRequest.content: contents is not specified'
    },
    // It does not say what it has counted.
    answer({ model }, arrival) {
      const embeddings = requestsIn(arrival.body).map((request) => ({
        values: vectorOf(
          list(field(request, 'content', 'parts')).map((part) => field(part, 'text') ?? part),
          positive(field(request, 'outputDimensionality'), usualDimensions(model)),
        ),
      }))
      return arrival.url.pathname.endsWith(':embedContent') ? { embedding: embeddings[0] } : { embeddings }
    },
  },
  gemini,
)

/** Speaks Cohere's Embed, version 2. */
export const cohereEmbeddings: WireFormat = wholeFormat(
  {
    id: 'cohere-embeddings',
    matches: (path) => path.endsWith('/v2/embed'),
    input: ({ body }) => cohereInputs(body),
    complaint(body) {
      if (typeof body['input_type'] !== 'string') return 'invalid request: input_type must be provided'
      const { length } = cohereInputs(body)
      if (length === 0) return 'invalid request: at least one of texts, images or inputs must be provided'
      return length > 96 ? `invalid request: total number of texts must be at most 96 - received ${length}` : undefined
    },
    answer({ serial, model, usage, reportUsage }, { body }) {
      const dimensions = positive(body['output_dimension'], usualDimensions(model))
      const vectors = cohereInputs(body).map((input) => vectorOf(input, dimensions))
      const types = list(body['embedding_types'] ?? ['float'])
      return {
        id: serial,
        embeddings: Object.fromEntries(
          types.map((type) => [type, type === 'float' ? vectors : vectors.map((vector) => bytes(vector))]),
        ),
        ...(body['texts'] !== undefined && { texts: body['texts'] }),
        meta: {
          api_version: { version: '2' },
          ...(reportUsage && { billed_units: { input_tokens: usage.inputTokens } }),
        },
        response_type: 'embeddings_by_type',
      }
    },
    failureBody: (message) => ({ message }),
  },
  openaiChat,
)

function inputsIn(input: unknown): readonly unknown[] {
  if (!Array.isArray(input)) return input === undefined ? [] : [input]
  return isTokens(input) ? [input] : input
}

function isTokens(input: unknown): input is readonly number[] {
  return Array.isArray(input) && input.length > 0 && input.every((token) => typeof token === 'number')
}

/** A text with as many tokens. */
function asText(tokens: readonly number[]): string {
  return tokens.map(() => 'x').join(' ')
}

function requestsIn(body: Arrival['body']): readonly unknown[] {
  return body['requests'] === undefined ? [body] : list(body['requests'])
}

function contentsIn(body: Arrival['body']): readonly unknown[] {
  return requestsIn(body).map((request) => field(request, 'content'))
}

function cohereInputs(body: Arrival['body']): readonly unknown[] {
  return [...list(body['texts']), ...list(body['images']), ...list(body['inputs'])]
}

/** How long the vectors of well-known models are. */
function usualDimensions(model: string): number {
  if (/3-large|gemini-embedding/.test(model)) return 3072
  return /3-small|ada-002|embed-v4|codestral-embed/.test(model) ? 1536 : 1024
}

/** A vector of length 1 that the same input always has. The more words two texts share, the nearer they are. */
function vectorOf(input: unknown, dimensions: number): readonly number[] {
  const vector = new Array<number>(dimensions).fill(0)
  for (const word of wordsOf(typeof input === 'string' ? input : JSON.stringify(input))) {
    let hash = 0x811c9dc5
    for (let index = 0; index < word.length; index++) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193)
    for (let times = 0; times < 8; times++) {
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + times
      vector[(hash >>> 1) % dimensions]! += hash & 1 ? 1 : -1
    }
  }
  const length = Math.hypot(...vector)
  if (length === 0) vector[0] = 1
  // Models reckon with 32 bits: numbers and base64 say the same.
  return vector.map((value) => Math.fround(value / (length || 1)))
}

function base64(vector: readonly number[]): string {
  const raw = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) raw.setFloat32(index * 4, value, true)
  return btoa(String.fromCharCode(...new Uint8Array(raw.buffer)))
}

function bytes(vector: readonly number[]): readonly number[] {
  return vector.map((value) => Math.round(value * 127))
}
