import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type GeneratedChoice, type Generation, type Piece, textOf, tokensOf } from './generation.ts'
import { geminiPicture } from './images.ts'
import { geminiSound } from './speech.ts'
import {
  type Arrival,
  closing,
  field,
  lastText,
  list,
  positive,
  type StreamFrame,
  saying,
  type WireFormat,
} from './wire-format.ts'

/** Speaks Gemini's generateContent, as the Gemini API and Vertex AI. */
export const gemini: WireFormat = {
  id: 'gemini',
  matches: (path) => /:(generateContent|streamGenerateContent)$/.test(path),
  read({ url, body }) {
    const config = body['generationConfig']
    return {
      model: decodeURIComponent(/models\/([^/:]+):/.exec(url.pathname)?.[1] ?? ''),
      stream: url.pathname.endsWith(':streamGenerateContent'),
      maxOutputTokens: positive(field(config, 'maxOutputTokens'), Number.POSITIVE_INFINITY),
      choices: positive(field(config, 'candidateCount'), 1),
      input: [body['systemInstruction'], body['contents'], body['tools'], field(config, 'responseJsonSchema')],
      lastUserText: lastText(body['contents'], (role) => role !== 'model', 'parts'),
      schema: field(config, 'responseJsonSchema') ?? field(config, 'responseSchema'),
    }
  },
  complaint,
  headers: (stream, arrival) => ({
    'content-type': stream && isServerSentEvents(arrival) ? 'text/event-stream' : 'application/json; charset=UTF-8',
    'server-timing': 'gfet4t7; dur=644',
  }),
  whole(generation, arrival) {
    const candidates = generation.choices.map(wholeCandidate)
    const media = mediaOf(generation, arrival)
    return JSON.stringify(
      responseOf(
        generation,
        media ? [{ ...(candidates[0] as object), content: { role: 'model', parts: [media] } }] : candidates,
      ),
    )
  },
  frames,
  failure(failure, { model }) {
    const row = failures[failure.reason]
    const { status = row.status, message = row.message(model) } = failure
    const retryInfo = failure.wait?.retryInfo
    const details = [
      ...(row.details ?? []),
      ...(retryInfo ? [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: retryInfo }] : []),
    ]
    const error = { code: status, message, status: row.word, ...(details.length > 0 && { details }) }
    return {
      status,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'server-timing': 'gfet4t7; dur=8',
        ...(failure.wait?.reset && { 'x-ratelimit-reset-requests': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      // A prompt that is not let through is no error to Gemini: it is a response without candidates.
      body:
        failure.reason === 'content-filtered' && status === 200
          ? {
              promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
              usageMetadata: { promptTokenCount: 0, totalTokenCount: 0 },
              modelVersion: model,
            }
          : { error },
    }
  },
  failureFrame: ({ body }: WireFailure, arrival, sent) =>
    `${written(body, arrival, sent === '')}${isServerSentEvents(arrival) ? '' : ']'}`,
}

interface FailureRow {
  readonly status: number
  readonly word: string
  readonly message: (model: string) => string
  readonly details?: readonly unknown[]
}

const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': {
    status: 429,
    word: 'RESOURCE_EXHAUSTED',
    message: (model) =>
      `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. \n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count, limit: 1000000, model: ${model}`,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [
          {
            quotaMetric: 'generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count',
            quotaId: 'GenerateContentPaidTierInputTokensPerModelPerMinute',
            quotaValue: '1000000',
          },
        ],
      },
    ],
  },
  overloaded: {
    status: 503,
    word: 'UNAVAILABLE',
    message: () => 'The model is overloaded. Please try again later.',
  },
  'server-error': {
    status: 500,
    word: 'INTERNAL',
    message: () =>
      'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  },
  unauthorized: {
    status: 400,
    word: 'INVALID_ARGUMENT',
    message: () => 'API key not valid. Please pass a valid API key.',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      },
    ],
  },
  'permission-denied': {
    status: 403,
    word: 'PERMISSION_DENIED',
    message: () =>
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  },
  'quota-exhausted': {
    status: 429,
    word: 'RESOURCE_EXHAUSTED',
    message: () =>
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.',
  },
  'context-window-exceeded': {
    status: 400,
    word: 'INVALID_ARGUMENT',
    message: () => 'The input token count (1200042) exceeds the maximum number of tokens allowed (1048576).',
  },
  'content-filtered': { status: 200, word: 'INVALID_ARGUMENT', message: () => 'Request contains prohibited content.' },
  'model-not-found': {
    status: 404,
    word: 'NOT_FOUND',
    message: (model) =>
      `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.`,
  },
  'invalid-request': {
    status: 400,
    word: 'INVALID_ARGUMENT',
    message: () => 'Request contains an invalid argument.',
  },
}

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  // Gemini does not tell these apart.
  'tool-calls': 'STOP',
  refusal: 'STOP',
  'content-filter': 'SAFETY',
}

/** What models make that were asked for a picture or for sound. */
function mediaOf(generation: Generation, arrival: Arrival): unknown {
  const wanted = list(field(arrival.body['generationConfig'], 'responseModalities'))
  if (wanted.includes('AUDIO')) return geminiSound(generation)
  return wanted.includes('IMAGE') ? geminiPicture(arrival) : undefined
}

function finishReasonOf({ finishReason }: GeneratedChoice): string {
  return finishReasons[finishReason] ?? finishReason
}

function wholeCandidate(choice: GeneratedChoice, index: number): unknown {
  const signatures = placeSignatures(choice.pieces)
  const parts = choice.pieces.flatMap((piece) => partOf(piece, textOf(piece), signatures.get(piece)) ?? [])
  const content = parts.length > 0 ? { parts, role: 'model' } : { role: 'model' }
  return { content, finishReason: finishReasonOf(choice), index }
}

function partOf(piece: Piece, text: string, signature: string | undefined): Record<string, unknown> | undefined {
  const signed = signature !== undefined && { thoughtSignature: signature }
  switch (piece.type) {
    case 'tool-call': {
      const args = parsedArguments(text)
      // A call that was cut off does not come at all.
      return args === undefined
        ? undefined
        : { functionCall: { ...(piece.id && { id: piece.id }), name: piece.name, args }, ...signed }
    }
    case 'reasoning':
      return piece.encrypted ? undefined : { text, thought: true, ...signed }
    default:
      return { text, ...signed }
  }
}

function parsedArguments(text: string): unknown {
  try {
    return JSON.parse(text || '{}')
  } catch {
    return undefined
  }
}

/** Gemini signs not the thought, but what it led to: the next function call, else the last text. */
function placeSignatures(pieces: readonly Piece[]): ReadonlyMap<Piece, string> {
  const places = new Map<Piece, string>()
  for (const [index, piece] of pieces.entries()) {
    if (piece.type !== 'reasoning') continue
    const signature = piece.signature ?? piece.encrypted
    if (!signature) continue
    const after = pieces.slice(index + 1)
    const place = after.find(({ type }) => type === 'tool-call') ?? last(after, ({ type }) => type !== 'reasoning')
    places.set(place ?? piece, signature)
  }
  return places
}

function last(pieces: readonly Piece[], fits: (piece: Piece) => boolean): Piece | undefined {
  return [...pieces].reverse().find(fits)
}

function* frames(generation: Generation, arrival: Arrival): Generator<StreamFrame, void, undefined> {
  let isFirst = true
  let generated = 0
  let thought = 0
  const write = (candidate: unknown, isLast = false): string => {
    const counts = isLast ? undefined : { generated, thought }
    const text = written(responseOf(generation, [candidate], counts), arrival, isFirst)
    isFirst = false
    return text
  }
  const running = generation.choices.map((choice, index) => deltas(choice, index))
  while (running.length > 0) {
    for (let index = 0; index < running.length; index++) {
      const { done, value } = running[index]!.next()
      if (done) {
        running.splice(index--, 1)
        continue
      }
      if (value.isReasoning) thought += value.tokens
      else generated += value.tokens
      yield saying(write(value.candidate), value.tokens, value.isReasoning)
    }
  }
  for (const [index, choice] of generation.choices.entries()) {
    const signatures = placeSignatures(choice.pieces)
    const text = last(choice.pieces, ({ type }) => type !== 'tool-call')
    const thoughtSignature = text && signatures.get(text)
    const parts = [{ text: '', ...(thoughtSignature !== undefined && { thoughtSignature }) }]
    const isLast = index === generation.choices.length - 1
    yield closing(write({ content: { parts, role: 'model' }, finishReason: finishReasonOf(choice), index }, isLast))
  }
  if (!isServerSentEvents(arrival)) yield closing(']')
}

interface Delta {
  readonly candidate: unknown
  readonly tokens: number
  readonly isReasoning: boolean
}

function* deltas({ pieces }: GeneratedChoice, index: number): Generator<Delta, void, undefined> {
  const signatures = placeSignatures(pieces)
  for (const piece of pieces) {
    const isReasoning = piece.type === 'reasoning'
    const say = (part: unknown, tokens: number): Delta => ({
      candidate: { content: { parts: [part], role: 'model' }, index },
      tokens,
      isReasoning,
    })
    if (piece.type === 'tool-call') {
      const part = partOf(piece, textOf(piece), signatures.get(piece))
      if (part) yield say(part, tokensOf(piece))
    } else {
      for (const { text, tokens } of piece.chunks) {
        const part = partOf(piece, text, undefined)
        if (part) yield say(part, tokens)
      }
    }
  }
}

function responseOf(
  { usage, reportUsage, model, serial }: Generation,
  candidates: readonly unknown[],
  /** What a stream has come to, before its end. */
  counts?: { readonly generated: number; readonly thought: number },
): Record<string, unknown> {
  const thoughts = counts ? counts.thought : usage.reasoningTokens
  const generated = counts ? counts.generated : usage.outputTokens - usage.reasoningTokens
  return {
    candidates,
    ...(reportUsage && {
      usageMetadata: {
        promptTokenCount: usage.inputTokens,
        ...(generated > 0 && { candidatesTokenCount: generated }),
        totalTokenCount: usage.inputTokens + generated + thoughts,
        ...(usage.cachedInputTokens > 0 && { cachedContentTokenCount: usage.cachedInputTokens }),
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.inputTokens }],
        ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
      },
    }),
    modelVersion: model,
    responseId: serial,
  }
}

/** Without `alt=sse` a stream is one JSON array, written item by item. */
function isServerSentEvents({ url }: Arrival): boolean {
  return url.searchParams.get('alt') === 'sse'
}

function written(value: unknown, arrival: Arrival, isFirst: boolean): string {
  const text = JSON.stringify(value)
  if (isServerSentEvents(arrival)) return `data: ${text}\r\n\r\n`
  return isFirst ? `[${text}\n` : `,\n${text}\n`
}

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  const contents = list(body['contents'])
  if (contents.length === 0) return '* GenerateContentRequest.contents: contents is not specified\n'
  for (const content of contents) {
    const role = field(content, 'role')
    if (role !== undefined && role !== 'user' && role !== 'model' && role !== 'function') {
      return 'Please use a valid role: user, model.'
    }
    if (list(field(content, 'parts')).length === 0) {
      return '* GenerateContentRequest.contents: contents.parts must not be empty.\n'
    }
  }
  return undefined
}
