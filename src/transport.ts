import type { Attempt } from './call.ts'
import type { Target } from './dialects/dialect.ts'
import { GatewayError, toGatewayError } from './errors.ts'
import { type Reply, replay, StreamReply } from './reply.ts'
import type { FetchResponse } from './runtime.ts'
import { Ending } from './transport/ending.ts'
import { type AnyDialect, ProviderStream } from './transport/provider-stream.ts'

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
  const headers: Record<string, string> = { 'content-type': 'application/json', ...provider.headers, ...wire.headers }
  const found = key?.secret()
  const secret = typeof found === 'object' ? await found : found
  if (secret !== undefined) provider.auth.scheme(headers, secret)

  const ending = new Ending(attempt, secret)
  try {
    const response = await abortable(
      runtime.fetch(provider.baseURL + wire.path, {
        method: 'POST',
        headers,
        body: JSON.stringify(wire.body),
        signal,
        redirect: 'manual',
      }),
      signal,
    )
    ending.httpStatus = response.status
    if (response.status < 200 || response.status > 299) throw await refusal(response, dialect, target, attempt)
    // From here on the provider works, and bills.
    ending.worked = 'yes'
    const type = response.headers.get('content-type') ?? ''
    if (request.stream && (dialect.upstream.frames || !type.includes('json'))) {
      return await openStream(attempt, dialect, target, response, type, ending)
    }
    const text = await abortable(response.text(), signal)
    const whole = dialect.upstream.decode(parse(text, provider.id), target)
    ending.usage = whole.usage
    const emptiness = operation.emptiness(whole, request)
    if (emptiness) throw new GatewayError('empty_response', `${provider.id}: ${emptiness}`)
    if (!request.stream) {
      const charge = ending.settle('completed', undefined, whole)
      return { kind: 'whole', response: whole, deployment, charge, wire: { dialect: dialect.id, text } }
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
  const { signal } = attempt
  signal.addEventListener('abort', () => void reply.cancel(toGatewayError(signal.reason)), { once: true })
  return reply
}

/** Reads a failed exchange to its end, and has its dialect name it. */
async function refusal(
  response: FetchResponse,
  dialect: AnyDialect,
  target: Target<unknown>,
  { deployment, signal, runtime }: Attempt,
): Promise<GatewayError> {
  const { status, headers } = response
  // Browsers hide the status of a redirect.
  if (status === 0 || (status >= 300 && status < 400)) {
    const where = headers.get('location')
    return new GatewayError(
      'provider_unavailable',
      `${target.provider} redirects${where ? ` to ${where.split('?')[0]}` : ''}. Is its baseURL, ${deployment.provider.baseURL}, right?`,
    )
  }
  const text = await abortable(response.text(), signal)
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

/** What the promise gives, or the signal's reason as soon as it aborts, whether the promise heeds the signal or not. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
