import type { Attempt } from './call.ts'
import type { AnyDialect, Split, Target, WireRequest } from './dialects/dialect.ts'
import { parseJson } from './dialects/json.ts'
import { sse } from './dialects/sse.ts'
import { amendError, GatewayError, isGatewayError } from './errors.ts'
import type { OperationRequest, OperationResponse } from './operations/operation.ts'
import { type AnySpeaks, speaksOf } from './providers/provider.ts'
import { fill } from './providers/settings.ts'
import { type Reply, replay, StreamReply } from './reply.ts'
import type { FetchResponse } from './runtime.ts'
import { abortable, unlessAborted, unlessLeft } from './transport/abortable.ts'
import { Ending } from './transport/ending.ts'
import { idempotencyKey } from './transport/idempotency.ts'
import { sendThrough } from './transport/pass-through.ts'
import { brokenOff, ProviderStream } from './transport/provider-stream.ts'
import { readText } from './transport/read-text.ts'
import { sign } from './transport/sign.ts'

/** A stream that lives but says nothing is handed on after this long, in milliseconds: its reader may know what to make of it. */
const longestSilence = 10_000

/** How much of a stream must have come, and how soon after its first content, before it is handed on. */
export interface Hold {
  readonly bytes: number
  /** Milliseconds. */
  readonly over: number
  /** What a stream that is slower fails with. */
  error(provider: string, bytes: number): GatewayError
}

/** Sends an attempt to its provider: the end of every pipeline. It settles the attempt, however that ends. */
export function transport(attempt: Attempt, hold?: Hold): Promise<Reply> {
  const send = (secret: string | undefined): Promise<Reply> =>
    attempt.operation.direct ? sendThrough(attempt, secret) : exchangeWith(attempt, secret, hold)
  const secret = attempt.key?.secret()
  return typeof secret === 'object' ? unlessLeft(secret, attempt).then(send) : send(secret)
}

/** Not async, for it would be a promise more. */
function exchangeWith(attempt: Attempt, secret: string | undefined, hold: Hold | undefined): Promise<Reply> {
  const { deployment, operation, request, wire: spoken } = attempt
  const { provider, model } = deployment
  const speaks = speaksOf(provider, operation.id, operation.heldBy?.(request)?.dialect ?? spoken, model)
  if (!speaks) {
    const message = `${provider.id} has no ${operation.id}.`
    return Promise.reject(new GatewayError('unsupported', message, { provider: provider.id }))
  }
  const ending = new Ending(attempt, secret)
  try {
    const { quirks = {}, baseURL = provider.baseURL } = speaks
    const settings = provider.settings && deployment.settings().values
    const exchange: Exchange = {
      attempt,
      ending,
      speaks,
      dialect: speaks.dialect as unknown as AnyDialect,
      target: { provider: provider.id, model, quirks, settings },
      baseURL: settings ? fill(baseURL, settings) : baseURL,
      settings: settings ?? noSettings,
      secret,
      hold,
    }
    const { split } = exchange.dialect.upstream
    const parts = split?.parts(request, exchange.target) ?? noParts
    const answering = split && parts.length > 1 ? sendInParts(exchange, split, parts) : sendOne(exchange, request)
    return abortable(answering, attempt, ending, (answer) => replyOf(answer, exchange))
  } catch (cause) {
    return Promise.reject(ending.fail(cause))
  }
}

/** What an attempt that was answered replies. A whole answer settles it. */
function replyOf(answer: WholeAnswer | StreamReply, { attempt, ending, dialect, target }: Exchange): Reply {
  if (answer instanceof StreamReply) return answer
  const { operation, request, deployment } = attempt
  const { response, text } = answer
  ending.usage = response.usage
  // Where the provider does not say what it wrote, what came of it bounds that, as in a stream.
  if (response.usage.outputTokens === undefined) ending.size = sizeOf(response, operation)
  ending.tier = operation.servedTier?.(response)
  if (dialect.upstream.keeps) ending.held = operation.idOf?.(response)
  const emptiness = operation.emptiness(response, request)
  if (emptiness) throw new GatewayError('empty_response', `${target.provider}: ${emptiness}`)
  const flaw = operation.flaw?.(response, request)
  if (flaw) throw new GatewayError('invalid_response', `${target.provider}: ${flaw}`)
  if (!request.stream) {
    const charge = ending.settle('completed', undefined, response)
    // As of a stream: only a body without quirks may pass as it came.
    const passes = text !== undefined && dialect.upstream.passthrough?.allowed(target)
    return { kind: 'whole', response, deployment, charge, ...(passes && { wire: { dialect: dialect.id, text } }) }
  }
  // The provider answered a request for a stream with a whole body.
  const charge = ending.settle('completed')
  return new StreamReply(operation, replay(operation.unfold(response), { deployment, charge }))
}

function sizeOf(response: OperationResponse, operation: Attempt['operation']): number {
  let size = 0
  for (const event of operation.unfold(response)) size += operation.sizeOf(event)
  return size
}

/** Adds an application's own headers. Lists of features add up; nothing that is there is replaced. */
function addHeaders(headers: Record<string, string>, said: Readonly<Record<string, string>>): void {
  for (const name in said) {
    const key = name.toLowerCase()
    const there = headers[key]
    if (there === undefined) headers[key] = said[name]!
    else if (key.endsWith('-beta')) headers[key] = [...new Set(`${there},${said[name]}`.split(/\s*,\s*/))].join(',')
  }
}

const noSettings: Readonly<Record<string, string>> = {}
const noParts: readonly OperationRequest[] = []

/** An attempt, and all that it takes to send it. */
interface Exchange {
  readonly attempt: Attempt
  readonly ending: Ending
  readonly speaks: AnySpeaks
  readonly dialect: AnyDialect
  readonly target: Target<unknown>
  readonly baseURL: string
  readonly settings: Readonly<Record<string, string>>
  readonly secret: string | undefined
  readonly hold: Hold | undefined
}

/** A whole answer, and its text where it is JSON. */
interface WholeAnswer {
  readonly response: OperationResponse
  readonly text?: string | undefined
}

/** Encodes, signs and sends one request: gives its whole answer, or a stream whose first content is there. */
async function sendOne(exchange: Exchange, request: OperationRequest): Promise<WholeAnswer | StreamReply> {
  const { attempt, ending, speaks, dialect, target, baseURL, settings, secret } = exchange
  const { deployment, runtime, signal, trace } = attempt
  const { provider } = deployment
  let wire: WireRequest
  let body: string | undefined
  try {
    wire = dialect.upstream.encode(request, target)
    if (speaks.patch) wire = speaks.patch(wire, target)
    body = wire.form ? undefined : JSON.stringify(wire.body)
  } catch (cause) {
    throw isGatewayError(cause) ? cause : unwritable(cause, target)
  }
  if (wire.warnings) for (const message of wire.warnings) trace.note({ type: 'warning', message })
  // Of a form the platform names the type, with the boundary.
  const headers: Record<string, string> = wire.form ? {} : { 'content-type': 'application/json' }
  if (provider.headers) Object.assign(headers, provider.headers)
  if (wire.headers) Object.assign(headers, wire.headers)
  // What an application says in the headers of one dialect means nothing in another.
  if (request.headers && (attempt.wire ?? dialect.id) === dialect.id) addHeaders(headers, request.headers)
  if (provider.idempotencyHeader) headers[provider.idempotencyHeader] = idempotencyKey(attempt, body)
  const outgoing = { method: 'POST', url: baseURL + wire.path, headers, body }
  if (secret !== undefined) {
    const signing = sign(attempt, outgoing, secret, settings)
    if (signing) await signing
  }
  if (signal.aborted) throw signal.reason
  const fetch = provider.fetch ?? runtime.fetch
  ending.sending(headers)
  const init = { method: 'POST', headers, body: wire.form ?? body!, signal, redirect: 'manual' } as const
  const response = unlessAborted(await fetch(outgoing.url, init), attempt)
  ending.httpStatus = response.status
  if (response.status < 200 || response.status > 299) throw await refusal(response, exchange)
  // From here on the provider works, and bills.
  ending.worked = 'yes'
  const type = response.headers.get('content-type') ?? ''
  if (request.stream && (dialect.upstream.frames || !type.includes('json'))) {
    return openStream(exchange, response, type)
  }
  if (dialect.upstream.raw) {
    const raw = new Uint8Array(await response.arrayBuffer())
    return { response: dialect.upstream.decode({ contentType: type, raw }, target, request) }
  }
  const text = await readText(response)
  return {
    text,
    response:
      request.stream && /^\s*(data|event|:)/.test(text)
        ? decodeEvents(text, exchange, request)
        : dialect.upstream.decode(parse(text, target.provider), target, request),
  }
}

/** What cannot be written is a mistake of the caller's, and no failure of a provider who was never asked. */
function unwritable(cause: unknown, { provider }: Target<unknown>): GatewayError {
  const message = cause instanceof Error ? cause.message : 'unknown'
  return new GatewayError(
    'invalid_request',
    `The request cannot be written for ${provider}: a field of it is not what it must be.`,
    { cause: { message } },
  )
}

/** Sends a request with more items than the provider takes at once, one part after the other. */
async function sendInParts(
  exchange: Exchange,
  split: Split<unknown, OperationRequest, OperationResponse>,
  parts: readonly OperationRequest[],
): Promise<WholeAnswer> {
  const { attempt, ending } = exchange
  const { request } = attempt
  const responses: OperationResponse[] = []
  for (const [index, part] of parts.entries()) {
    try {
      const answer = await sendOne(exchange, part)
      if (answer instanceof StreamReply) throw new GatewayError('internal', 'A part of a request was streamed.')
      responses.push(answer.response)
    } catch (cause) {
      // What was answered before has been billed. Where this part may have been, too, all of it counts by its bound.
      if (responses.length > 0 && ending.refused(cause)) ending.usage = split.join(responses, request).usage
      if (!isGatewayError(cause)) throw cause
      throw amendError(cause, { message: `${cause.message} (${split.name(part, index, request)})` })
    }
  }
  return { response: split.join(responses, request) }
}

/** Waits for the first content. Until then a failure is an ordinary rejection, which retry and fallback act on. */
async function openStream(exchange: Exchange, response: FetchResponse, type: string): Promise<StreamReply> {
  const { attempt, ending, dialect, target } = exchange
  const { operation, request, runtime } = attempt
  if (!response.body) throw new GatewayError('invalid_response', `${target.provider} sent a stream without a body.`)
  if (type.includes('html')) {
    throw new GatewayError('invalid_response', `${target.provider} sent an HTML page in place of a stream.`)
  }
  const source = new ProviderStream(attempt, ending, dialect, target, response.body, type)
  const begun = runtime.now()
  for (;;) {
    const more = await source.fill()
    if (source.hasContent || (more && runtime.now() - begun > longestSilence)) break
    if (!more) {
      const fold = operation.fold()
      for (const event of source.ready) fold.add(event)
      const emptiness = operation.emptiness(fold.result(), request)
      if (emptiness) throw new GatewayError('empty_response', `${target.provider}: ${emptiness}`)
      break
    }
  }
  ending.firstContent()
  if (exchange.hold) await holdBack(source, exchange, exchange.hold)
  const reply = new StreamReply(operation, source)
  // Nobody may be reading just now: the stream ends all the same.
  attempt.onAbort((reason) => void reply.cancel(reason))
  return reply
}

/** Waits until a stream has shown that it is fast enough, or is over. */
async function holdBack(source: ProviderStream, { attempt, target }: Exchange, hold: Hold): Promise<void> {
  const tooSlow = (): void => attempt.abort(hold.error(target.provider, source.size))
  const cancel = attempt.runtime.timer(hold.over, tooSlow)
  try {
    while (source.size < hold.bytes && !source.finished && (await source.fill())) {
      // It is all kept, for whoever will read it.
    }
    if (source.failure) throw source.failure
  } finally {
    cancel()
  }
}

/** Some label a stream of events as JSON. It is all there: its events make the answer. */
function decodeEvents(
  text: string,
  { attempt, ending, dialect, target }: Exchange,
  request: OperationRequest,
): OperationResponse {
  const { operation } = attempt
  const decoder = dialect.upstream.stream(target, request)
  const events: unknown[] = []
  const frames = sse((frame) => decoder.push(frame, events))
  frames.feed(new TextEncoder().encode(text))
  frames.end()
  decoder.end(events)
  if (events.some(operation.hasContent) && !events.some(operation.finishes)) {
    // What was said has been billed.
    for (const event of events) ending.size += operation.sizeOf(event)
    throw brokenOff(target.provider)
  }
  const fold = operation.fold()
  for (const event of events) fold.add(event)
  return fold.result()
}

/** Reads a failed exchange to its end, and has its dialect name it. */
async function refusal(response: FetchResponse, exchange: Exchange): Promise<GatewayError> {
  const { status, headers } = response
  const { attempt, dialect, target, baseURL } = exchange
  // Browsers hide the status of a redirect.
  if (status === 0 || (status >= 300 && status < 400)) {
    // A query may hold a secret, and so may what stands before an @.
    const where = headers
      .get('location')
      ?.split(/[?#]/)[0]
      ?.replace(/\/\/[^/]*@/, '//')
    return new GatewayError(
      'provider_unavailable',
      `${target.provider} redirects${where ? ` to ${where}` : ''}. Is its baseURL, ${baseURL}, right?`,
    )
  }
  const text = await readText(response)
  const header = (name: string): string | undefined => headers.get(name) ?? undefined
  return dialect.upstream.error({ status, header, body: parseJson(text), now: attempt.runtime.now() }, target)
}

function parse(text: string, provider: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const what = /^\s*</.test(text) ? 'an HTML page' : text.trim() === '' ? 'an empty body' : 'broken JSON'
    throw new GatewayError('invalid_response', `${provider} sent ${what} in place of an answer.`)
  }
}
