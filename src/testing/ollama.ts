import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type Generation, type Piece, textOf, tokensOf } from './generation.ts'
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

/** Speaks Ollama's own chat, whose streams are lines of JSON. */
export const ollama: WireFormat = {
  id: 'ollama',
  matches: (path) => path.endsWith('/api/chat'),
  read: ({ body }) => ({
    model: String(body['model'] ?? ''),
    // It streams unless it is told not to.
    stream: body['stream'] !== false,
    maxOutputTokens: positive(field(body['options'], 'num_predict'), Number.POSITIVE_INFINITY),
    choices: 1,
    input: [body['messages'], body['tools'], body['format']],
    lastUserText: lastText(body['messages'], (role) => role === 'user', 'content'),
    schema: typeof body['format'] === 'object' ? body['format'] : undefined,
  }),
  complaint,
  headers: (stream) => ({ 'content-type': stream ? 'application/x-ndjson' : 'application/json; charset=utf-8' }),
  whole(generation, { body }) {
    const { pieces } = generation.choices[0]!
    const joined = (...types: readonly Piece['type'][]): string =>
      pieces
        .filter(({ type }) => types.includes(type))
        .map(textOf)
        .join('')
    const thinking = isShown(body) ? joined('reasoning') : ''
    const calls = callsOf(generation).map(({ call }) => call)
    return JSON.stringify({
      ...headOf(generation),
      message: {
        role: 'assistant',
        content: joined('text', 'refusal'),
        ...(thinking && { thinking }),
        ...(calls.length > 0 && { tool_calls: calls }),
      },
      ...endOf(generation),
    })
  },
  frames,
  failure(failure, { model }) {
    const row = failures[failure.reason]
    const { status = row.status, message = row.message(model) } = failure
    return {
      status,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(failure.wait?.reset && { 'x-ratelimit-reset-requests': failure.wait.reset }),
        ...failureHeaders(failure),
      },
      body: { error: message },
    }
  },
  failureFrame: ({ body }: WireFailure) => line(body),
}

interface FailureRow {
  readonly status: number
  readonly message: (model: string) => string
}

const failures: Readonly<Record<FailureReason, FailureRow>> = {
  'rate-limited': { status: 429, message: () => 'too many concurrent requests' },
  overloaded: {
    status: 503,
    message: () => 'server busy, please try again.  maximum pending requests exceeded: the server is overloaded',
  },
  'server-error': { status: 500, message: () => 'llama runner process has terminated: exit status 2' },
  unauthorized: { status: 401, message: () => 'unauthorized' },
  'permission-denied': { status: 403, message: () => 'this model requires a subscription, upgrade for access' },
  'quota-exhausted': { status: 402, message: () => "you've reached your usage limit, please upgrade to continue" },
  'context-window-exceeded': { status: 400, message: () => 'the input length exceeds the context length' },
  // It has no filter. Whoever stands in front of it may.
  'content-filtered': { status: 400, message: () => 'prompt blocked by content policy' },
  'model-not-found': { status: 404, message: (model) => `model '${model}' not found` },
  'invalid-request': { status: 400, message: () => 'invalid request' },
}

/** It knows two ends: where it stopped, and where it had to. */
function doneReasonOf({ choices }: Generation): string {
  const { finishReason } = choices[0]!
  return ['tool-calls', 'content-filter', 'refusal'].includes(finishReason) ? 'stop' : finishReason
}

function headOf({ model, createdAt }: Generation): Record<string, unknown> {
  return { model, created_at: new Date(createdAt).toISOString() }
}

function endOf(generation: Generation): Record<string, unknown> {
  const { inputTokens, outputTokens } = generation.usage
  return {
    done: true,
    done_reason: doneReasonOf(generation),
    total_duration: 171946792,
    load_duration: 38473250,
    ...(generation.reportUsage && {
      prompt_eval_count: inputTokens,
      prompt_eval_duration: 27608250,
      eval_count: outputTokens,
      eval_duration: 105611917,
    }),
  }
}

/** Models think unless they are told not to. */
function isShown(body: Arrival['body']): boolean {
  return body['think'] !== false
}

interface Call {
  readonly piece: Piece
  readonly call: unknown
}

/** The calls that came to their end: the arguments are an object, and of one that was cut off there is none. */
function callsOf({ choices, serial }: Generation): readonly Call[] {
  const calls: Call[] = []
  for (const [position, piece] of choices[0]!.pieces.entries()) {
    if (piece.type !== 'tool-call') continue
    try {
      const called = { index: calls.length, name: piece.name, arguments: JSON.parse(textOf(piece) || '{}') }
      calls.push({ piece, call: { id: piece.id ?? `call_${serial}${position}`, function: called } })
    } catch {
      // Cut off.
    }
  }
  return calls
}

function* frames(generation: Generation, { body }: Arrival): Generator<StreamFrame, void, undefined> {
  const calls = callsOf(generation)
  const write = (message: Record<string, unknown>): string =>
    line({ ...headOf(generation), message: { role: 'assistant', content: '', ...message }, done: false })
  for (const piece of generation.choices[0]!.pieces) {
    if (piece.type === 'tool-call') {
      const found = calls.find((call) => call.piece === piece)
      // A call comes at once.
      if (found) yield saying(write({ tool_calls: [found.call] }), tokensOf(piece))
      continue
    }
    const isReasoning = piece.type === 'reasoning'
    if (isReasoning && !isShown(body)) continue
    for (const { text, tokens } of piece.chunks) {
      if (text) yield saying(write(isReasoning ? { thinking: text } : { content: text }), tokens, isReasoning)
    }
  }
  yield closing(line({ ...headOf(generation), message: { role: 'assistant', content: '' }, ...endOf(generation) }))
}

function complaint(body: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof body['model'] !== 'string' || body['model'] === '') return 'model is required'
  for (const message of list(body['messages'])) {
    if (typeof field(message, 'content') === 'object') {
      return 'json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string'
    }
    for (const call of list(field(message, 'tool_calls'))) {
      if (typeof field(call, 'function', 'arguments') !== 'object') {
        return 'json: cannot unmarshal string into Go struct field ToolCallFunction.messages.tool_calls.function.arguments of type map[string]interface {}'
      }
    }
    const isData = (image: unknown): boolean => typeof image === 'string' && /^[\w+/-]*={0,2}$/.test(image)
    if (!list(field(message, 'images')).every(isData)) return 'illegal base64 data at input byte 4'
  }
  return undefined
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
