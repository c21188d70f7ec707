import { type FailureReason, failureHeaders, type WireFailure } from './failure.ts'
import { type Generation, type Piece, textOf } from './generation.ts'
import { openaiChat } from './openai-chat.ts'
import {
  type Arrival,
  closing,
  field,
  lastText,
  list,
  opening,
  positive,
  type StreamFrame,
  saying,
  type WireFormat,
} from './wire-format.ts'

/** Speaks OpenAI's Responses, as OpenAI, OpenRouter, xAI and others do. */
export const openaiResponses: WireFormat = {
  id: 'openai-responses',
  matches: (path) => path.endsWith('/responses'),
  read: ({ body }) => ({
    model: String(body['model'] ?? ''),
    stream: body['stream'] === true,
    maxOutputTokens: positive(body['max_output_tokens'], Number.POSITIVE_INFINITY),
    choices: 1,
    input: [body['instructions'], body['input'], body['tools'], body['text']],
    lastUserText:
      typeof body['input'] === 'string' ? body['input'] : lastText(body['input'], (role) => role === 'user', 'content'),
    schema: field(body['text'], 'format', 'schema'),
  }),
  complaint,
  headers: (stream, arrival, serial, now) => openaiChat.headers(stream, arrival, serial, now),
  whole(generation, arrival) {
    const output = itemsOf(generation, arrival).map((item) => item.whole)
    return JSON.stringify(endOf(generation, arrival, output))
  },
  frames,
  failure(failure, exchange, serial) {
    const wire = openaiChat.failure(failure, exchange, serial)
    const row = departures[failure.reason]
    if (!row || exchange.provider !== 'openai') return wire
    const { status = row.status ?? wire.status, message = row.message(exchange.model) } = failure
    const error = { message, type: 'invalid_request_error', param: row.param, code: row.code }
    return { status, headers: { ...wire.headers, ...failureHeaders(failure) }, body: { error } }
  },
  // The failure is told twice: as an event of its own, and as what became of the response.
  failureFrame({ body }: WireFailure, _arrival, sent) {
    const error = (field(body, 'error') ?? body) as Record<string, unknown>
    const count = sent.match(/^event: /gm)?.length ?? 0
    const told = named({ type: 'error', sequence_number: count, error })
    const created = /^data: (.*)$/m.exec(sent)?.[1]
    if (created === undefined) return told
    const { message, code, type } = error
    const response = {
      ...(field(JSON.parse(created), 'response') as object),
      status: 'failed',
      error: { code: code ?? type, message },
    }
    return told + named({ type: 'response.failed', sequence_number: count + 1, response })
  },
  ping: ': PROCESSING\n\n',
}

/** What this endpoint of OpenAI's words otherwise than Chat Completions. */
const departures: Partial<
  Record<
    FailureReason,
    {
      readonly status?: number
      readonly code: string
      readonly param: string
      readonly message: (model: string) => string
    }
  >
> = {
  'context-window-exceeded': {
    code: 'context_length_exceeded',
    param: 'input',
    message: () => 'Your input exceeds the context window of this model. Please adjust your input and try again.',
  },
  'model-not-found': {
    status: 400,
    code: 'model_not_found',
    param: 'model',
    message: (model) => `The requested model '${model}' does not exist.`,
  },
}

type Fields = Readonly<Record<string, unknown>>

/** One item of the output, and the events that tell it between those that begin and end it. */
interface Item {
  readonly begun: Fields
  readonly whole: Fields
  /** The tokens that have been generated when it begins. */
  readonly tokens: number
  readonly events: () => Iterable<{ readonly event: Fields; readonly tokens: number }>
  readonly isReasoning: boolean
}

function itemsOf(generation: Generation, { body }: Arrival): readonly Item[] {
  const { pieces, finishReason } = generation.choices[0]!
  return pieces.map((piece, index) => {
    const isLast = index === pieces.length - 1
    const isCut = isLast && (finishReason === 'length' || finishReason === 'content-filter')
    return itemOf(piece, `${generation.serial}${index}`, isCut ? 'incomplete' : 'completed', body)
  })
}

function itemOf(piece: Piece, serial: string, status: string, body: Fields): Item {
  const text = textOf(piece)
  if (piece.type === 'tool-call') {
    const item = { id: `fc_${serial}`, type: 'function_call' }
    const called = { call_id: piece.id ?? `call_${serial}`, name: piece.name }
    return {
      begun: { ...item, status: 'in_progress', arguments: '', ...called },
      whole: { ...item, status, arguments: text, ...called },
      tokens: piece.nameTokens,
      isReasoning: false,
      *events() {
        const type = 'response.function_call_arguments'
        for (const chunk of piece.chunks)
          yield said({ type: `${type}.delta`, delta: chunk.text }, item.id, chunk.tokens)
        yield said({ type: `${type}.done`, arguments: text }, item.id)
      },
    }
  }
  if (piece.type === 'reasoning') return thought(piece, serial, body)
  const isRefusal = piece.type === 'refusal'
  const item = { id: `msg_${serial}`, type: 'message' }
  const part = (words: string): Fields =>
    isRefusal
      ? { type: 'refusal', refusal: words }
      : { type: 'output_text', annotations: [], logprobs: [], text: words }
  return {
    begun: { ...item, status: 'in_progress', content: [], role: 'assistant' },
    whole: { ...item, status, content: [part(text)], role: 'assistant' },
    tokens: 0,
    isReasoning: false,
    *events() {
      const place = { content_index: 0 }
      const type = isRefusal ? 'response.refusal' : 'response.output_text'
      const logprobs = !isRefusal && { logprobs: [] }
      yield said({ type: 'response.content_part.added', ...place, part: part('') }, item.id)
      for (const chunk of piece.chunks) {
        yield said({ type: `${type}.delta`, ...place, delta: chunk.text, ...logprobs }, item.id, chunk.tokens)
      }
      const done = isRefusal ? { refusal: text } : { text }
      yield said({ type: `${type}.done`, ...place, ...done, ...logprobs }, item.id)
      yield said({ type: 'response.content_part.done', ...place, part: part(text) }, item.id)
    },
  }
}

/** OpenAI shows of a thought what is asked for: a summary of it, and itself in a form that only OpenAI can read. */
function thought(piece: Piece & { readonly type: 'reasoning' }, serial: string, body: Fields): Item {
  const isShown = field(body['reasoning'], 'summary') != null && !piece.encrypted
  const isSealed = list(body['include']).includes('reasoning.encrypted_content')
  const proof = piece.encrypted ?? piece.signature
  const text = textOf(piece)
  const item = { id: `rs_${serial}`, type: 'reasoning' }
  const sealed = isSealed && proof !== undefined && { encrypted_content: proof }
  const part = (words: string): Fields => ({ type: 'summary_text', text: words })
  return {
    begun: { ...item, ...sealed, summary: [] },
    whole: { ...item, ...sealed, summary: isShown ? [part(text)] : [] },
    tokens: 0,
    isReasoning: true,
    *events() {
      if (!isShown) return
      const place = { summary_index: 0 }
      yield said({ type: 'response.reasoning_summary_part.added', ...place, part: part('') }, item.id)
      const type = 'response.reasoning_summary_text'
      for (const chunk of piece.chunks) {
        yield said({ type: `${type}.delta`, ...place, delta: chunk.text }, item.id, chunk.tokens)
      }
      yield said({ type: `${type}.done`, ...place, text }, item.id)
      yield said({ type: 'response.reasoning_summary_part.done', ...place, part: part(text) }, item.id)
    },
  }
}

function said(event: Fields, item_id: string, tokens = 0): { readonly event: Fields; readonly tokens: number } {
  return { event: { ...event, item_id }, tokens }
}

function* frames(generation: Generation, arrival: Arrival): Generator<StreamFrame, void, undefined> {
  let count = 0
  const write = (event: Fields): string => named({ ...event, sequence_number: count++ })
  const begun = headOf(generation, arrival, 'in_progress')
  yield opening(write({ type: 'response.created', response: begun }))
  yield opening(write({ type: 'response.in_progress', response: begun }))
  const items = itemsOf(generation, arrival)
  for (const [output_index, item] of items.entries()) {
    const isLast = output_index === items.length - 1
    const added = write({ type: 'response.output_item.added', item: item.begun, output_index })
    yield item.tokens > 0 ? saying(added, item.tokens) : opening(added)
    for (const { event, tokens } of item.events()) {
      const text = write({ ...event, output_index })
      if (tokens > 0) yield saying(text, tokens, item.isReasoning)
      // What repeats all of an item comes when all of it has been generated.
      else yield isLast && String(event['type']).endsWith('.done') ? closing(text) : opening(text)
    }
    const done = write({ type: 'response.output_item.done', item: item.whole, output_index })
    yield isLast ? closing(done) : opening(done)
  }
  const end = endOf(
    generation,
    arrival,
    items.map((item) => item.whole),
  )
  yield closing(write({ type: `response.${end['status']}`, response: end }))
}

const incomplete: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
}

/** The response as it is at the end. */
function endOf(generation: Generation, arrival: Arrival, output: readonly Fields[]): Fields {
  const { usage, createdAt, choices, reportUsage } = generation
  const reason = incomplete[choices[0]!.finishReason]
  return {
    ...headOf(generation, arrival, reason ? 'incomplete' : 'completed'),
    completed_at: reason ? null : Math.floor(createdAt / 1000),
    incomplete_details: reason ? { reason } : null,
    output,
    service_tier: 'default',
    usage: reportUsage
      ? {
          input_tokens: usage.inputTokens,
          input_tokens_details: {
            cached_tokens: usage.cachedInputTokens,
            ...(usage.cacheWriteTokens > 0 && { cache_write_tokens: usage.cacheWriteTokens }),
          },
          output_tokens: usage.outputTokens,
          output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
          total_tokens: usage.inputTokens + usage.outputTokens,
        }
      : null,
  }
}

/** A response repeats most of its request. */
function headOf({ serial, createdAt, model }: Generation, { body }: Arrival, status: string): Fields {
  const asked = (name: string, otherwise: unknown): Fields => ({ [name]: body[name] ?? otherwise })
  return {
    id: `resp_${serial}`,
    object: 'response',
    created_at: Math.floor(createdAt / 1000),
    status,
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    ...asked('instructions', null),
    ...asked('max_output_tokens', null),
    max_tool_calls: null,
    model,
    output: [],
    ...asked('parallel_tool_calls', true),
    ...asked('previous_response_id', null),
    prompt_cache_key: null,
    reasoning: {
      effort: field(body['reasoning'], 'effort') ?? null,
      summary: field(body['reasoning'], 'summary') ?? null,
    },
    safety_identifier: null,
    service_tier: 'auto',
    ...asked('store', true),
    ...asked('temperature', 1),
    text: { format: field(body['text'], 'format') ?? { type: 'text' }, verbosity: 'medium' },
    ...asked('tool_choice', 'auto'),
    ...asked('tools', []),
    top_logprobs: 0,
    ...asked('top_p', 1),
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: {},
  }
}

/** The types of content, by who says it. */
const contentTypes: Readonly<Record<string, readonly string[]>> = {
  user: ['input_text', 'input_image', 'input_file', 'input_audio'],
  assistant: ['output_text', 'refusal'],
}

function complaint(body: Fields): string | undefined {
  if (typeof body['model'] !== 'string') return "Missing required parameter: 'model'."
  for (const name of ['messages', 'stop', 'max_tokens', 'max_completion_tokens', 'response_format']) {
    if (body[name] !== undefined) return `Unsupported parameter: '${name}'.`
  }
  const maximum = body['max_output_tokens']
  if (typeof maximum === 'number' && maximum < 16) {
    return `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${maximum} instead.`
  }
  const nameless = list(body['tools']).findIndex((tool) => {
    return field(tool, 'type') === 'function' && typeof field(tool, 'name') !== 'string'
  })
  if (nameless >= 0) return `Missing required parameter: 'tools[${nameless}].name'.`
  return typeof body['input'] === 'string' ? undefined : complaintOfItems(list(body['input']), body)
}

function complaintOfItems(items: readonly unknown[], body: Fields): string | undefined {
  const goesOn = body['previous_response_id'] !== undefined || body['conversation'] !== undefined
  if (items.length === 0 && !goesOn) {
    return "Missing required parameter: one of 'input', 'previous_response_id', 'prompt', or 'conversation'."
  }
  for (const [index, item] of items.entries()) {
    const types = contentTypes[String(field(item, 'role'))]
    for (const [place, part] of list(field(item, 'content')).entries()) {
      const type = field(part, 'type')
      if (types && !types.includes(type as string)) {
        return `Invalid value: '${type}'. Supported values are: ${types.map((each) => `'${each}'`).join(', ')}. (input[${index}].content[${place}])`
      }
    }
  }
  const calls = callIds(items, 'function_call')
  const results = callIds(items, 'function_call_output')
  const lost = results.find((id) => !calls.includes(id))
  if (lost !== undefined && !goesOn) return `No tool call found for function call output with call_id ${lost}.`
  const unanswered = calls.find((id) => !results.includes(id))
  return unanswered === undefined ? undefined : `No tool output found for function call ${unanswered}.`
}

function callIds(items: readonly unknown[], type: string): readonly unknown[] {
  return items.filter((item) => field(item, 'type') === type).map((item) => field(item, 'call_id'))
}

function named(event: Fields): string {
  return `event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`
}
