import type { Attempt } from './call.ts'
import type { AnyDialect, Target } from './dialects/dialect.ts'
import { sse } from './dialects/sse.ts'
import { GatewayError } from './errors.ts'
import type { OperationResponse } from './operations/operation.ts'
import { type Reply, replay, StreamReply } from './reply.ts'
import type { FetchResponse } from './runtime.ts'
import { Ending } from './transport/ending.ts'
import { ProviderStream } from './transport/provider-stream.ts'

/** A stream that lives but says nothing is handed on after this long, in milliseconds: its reader may know what to make of it. */
const longestSilence = 10_000

/** Sends an attempt to its provider: the end of every pipeline. It settles the attempt, however that ends. */
export async function transport(attempt: Attempt): Promise<Reply> {
  const { deployment, operation, request, key, runtime, signal, trace } = attempt
  const { provider, model } = deployment
  const speaks = provider.operations[operation.id as 'chat']
  if (!speaks)
    throw new GatewayError('unsupported', `${provider.id} has no ${operation.id}.`, { provider: provider.id })
  const dialect = speaks.dialect as unknown as AnyDialect
  const target: Target<unknown> = { provider: provider.id, model, quirks: speaks.quirks ?? {} }

  const wire = dialect.upstream.encode(request, target)
  if (wire.warnings) for (const message of wire.warnings) trace.note({ type: 'warning', message })
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (provider.headers) Object.assign(headers, provider.headers)
  if (wire.headers) Object.assign(headers, wire.headers)
  const body = JSON.stringify(wire.body)
  const outgoing = { method: 'POST', url: provider.baseURL + wire.path, headers, body }
  const found = key?.secret()
  const secret = typeof found === 'object' ? await found : found
  if (secret !== undefined) {
    const signing = provider.auth.scheme(outgoing, secret, {
      now: runtime.now,
      fetch: runtime.fetch,
      settings: {},
      kept: key!.kept,
    })
    if (signing) await signing
  }

  const ending = new Ending(attempt, secret)
  try {
    const response = await abortable(
      runtime.fetch(outgoing.url, {
        method: outgoing.method,
        headers,
        body,
        signal,
        redirect: 'manual',
      }),
      attempt,
    )
    ending.httpStatus = response.status
    if (response.status < 200 || response.status > 299) throw await refusal(response, dialect, target, attempt)
    // From here on the provider works, and bills.
    ending.worked = 'yes'
    const type = response.headers.get('content-type') ?? ''
    if (request.stream && (dialect.upstream.frames || !type.includes('json'))) {
      return await openStream(attempt, dialect, target, response, type, ending)
    }
    const text = await abortable(response.text(), attempt)
    const whole =
      request.stream && /^\s*(data|event|:)/.test(text)
        ? decodeEvents(text, attempt, dialect, target)
        : dialect.upstream.decode(parse(text, provider.id), target)
    ending.usage = whole.usage
    const emptiness = operation.emptiness(whole, request)
    if (emptiness) throw new GatewayError('empty_response', `${provider.id}: ${emptiness}`)
    if (!request.stream) {
      const charge = ending.settle('completed', undefined, whole)
      // As of a stream: only a body without quirks may pass as it came.
      const passes = dialect.upstream.passthrough?.allowed(target)
      return {
        kind: 'whole',
        response: whole,
        deployment,
        charge,
        ...(passes && { wire: { dialect: dialect.id, text } }),
      }
    }
    // The provider answered a request for a stream with a whole body.
    const charge = ending.settle('completed')
    return new StreamReply(operation, replay(operation.unfold(whole), { deployment, charge }))
  } catch (cause) {
    throw ending.fail(cause)
  }
}

/** Waits for the first content. Until then a failure is an ordinary rejection, which retry and fallback act on. */
async function openStream(
  attempt: Attempt,
  dialect: AnyDialect,
  target: Target<unknown>,
  response: FetchResponse,
  type: string,
  ending: Ending,
): Promise<Reply> {
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
  const reply = new StreamReply(operation, source)
  // Nobody may be reading just now: the stream ends all the same.
  attempt.onAbort((reason) => void reply.cancel(reason))
  return reply
}

/** Some label a stream of events as JSON. It is all there: its events make the answer. */
function decodeEvents(
  text: string,
  { operation }: Attempt,
  dialect: AnyDialect,
  target: Target<unknown>,
): OperationResponse {
  const decoder = dialect.upstream.stream(target)
  const events: unknown[] = []
  const frames = sse((frame) => decoder.push(frame, events))
  frames.feed(new TextEncoder().encode(text))
  frames.end()
  decoder.end(events)
  const fold = operation.fold()
  for (const event of events) fold.add(event)
  return fold.result()
}

/** Reads a failed exchange to its end, and has its dialect name it. */
async function refusal(
  response: FetchResponse,
  dialect: AnyDialect,
  target: Target<unknown>,
  attempt: Attempt,
): Promise<GatewayError> {
  const { status, headers } = response
  const { deployment, runtime } = attempt
  // Browsers hide the status of a redirect.
  if (status === 0 || (status >= 300 && status < 400)) {
    const where = headers.get('location')
    return new GatewayError(
      'provider_unavailable',
      `${target.provider} redirects${where ? ` to ${where.split('?')[0]}` : ''}. Is its baseURL, ${deployment.provider.baseURL}, right?`,
    )
  }
  const text = await abortable(response.text(), attempt)
  const header = (name: string): string | undefined => headers.get(name) ?? undefined
  return dialect.upstream.error({ status, header, body: parseIfJSON(text), now: runtime.now() }, target)
}

function parseIfJSON(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function parse(text: string, provider: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const what = /^\s*</.test(text) ? 'an HTML page' : text.trim() === '' ? 'an empty body' : 'broken JSON'
    throw new GatewayError('invalid_response', `${provider} sent ${what} in place of an answer.`)
  }
}

/** What the promise gives, or the reason of the attempt's end as soon as it is aborted, whether the promise heeds that or not. */
function abortable<T>(promise: Promise<T>, { signal, onAbort }: Attempt): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const forget = onAbort(reject)
    promise.then(
      (value) => {
        forget()
        resolve(value)
      },
      (error: unknown) => {
        forget()
        reject(error)
      },
    )
  })
}
