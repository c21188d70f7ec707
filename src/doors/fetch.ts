import type { CallOptions } from '../call.ts'
import { type AnyDialect, type Door, isRawBody } from '../dialects/dialect.ts'
import { GatewayError, toGatewayError } from '../errors.ts'
import type { Operation, OperationRequest } from '../operations/operation.ts'
import type { AnyProvider } from '../providers/provider.ts'
import type { Reply, StreamReply } from '../reply.ts'
import type { TraceRecorder } from '../telemetry/trace.ts'

/** `fetch`, in a form that every SDK's type of it accepts. */
export type GatewayFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface FetchDoorOptions {
  /** The wire formats that applications may speak. */
  readonly dialects: readonly AnyDialect[]
  readonly providers: readonly AnyProvider[]
  /** Whether a name means something to the gateway: a group, or `provider/model`. */
  readonly knows: (name: string) => 'group' | 'model' | undefined
  /** The largest body of a request, in bytes. */
  readonly maxBodySize: number
  /** Remembers the trace of a response. */
  readonly remember: (recorder: TraceRecorder) => void
}

/** Serves a call, on somebody's behalf. */
export type Serve = (
  operation: Operation,
  request: OperationRequest,
  options: CallOptions,
  wire: string,
) => Promise<{ readonly reply: Reply; readonly recorder: TraceRecorder }>

/** Where a URL leads: the dialect that its path belongs to, and the provider whose host it is. */
interface Address {
  readonly dialect: AnyDialect
  readonly door: Door
  readonly provider: AnyProvider | undefined
}

/** The most URLs that are remembered: applications use few. */
const mostRemembered = 200

/**
 * Makes the `fetch` that an SDK, or code that calls a provider by hand, is given in place of its own. What it knows of
 * hosts and paths is the gateway's; on whose behalf it serves is each client's.
 */
export function createFetchDoor({
  dialects,
  providers,
  knows,
  maxBodySize,
  remember,
}: FetchDoorOptions): (serve: Serve) => GatewayFetch {
  const hosts = new Map(
    providers.map((provider) => [new URL(provider.baseURL).host, provider]).reverse() as [string, AnyProvider][],
  )
  const addresses = new Map<string, Address>()

  function addressOf(url: string): Address | undefined {
    const known = addresses.get(url)
    if (known) return known
    if (!URL.canParse(url)) return undefined
    const { host, pathname } = new URL(url)
    for (const dialect of dialects) {
      const door = dialect.downstream?.match(pathname)
      if (!door) continue
      const address = { dialect, door, provider: hosts.get(host) }
      if (addresses.size < mostRemembered) addresses.set(url, address)
      return address
    }
    return undefined
  }

  /** A group; a model of a provider whose models have slashes; `provider/model`; a model of the provider whose host it is. */
  function resolve(name: string, provider: AnyProvider | undefined): string {
    const known = knows(name)
    if (known === 'group' || !provider) return name
    return known === 'model' && !provider.slashes ? name : `${provider.id}/${name}`
  }

  return (serve) =>
    async function fetch(input, init) {
      const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
      const original = typeof input === 'object' && 'url' in input ? input : undefined
      const method = (init?.method ?? original?.method ?? 'GET').toUpperCase()
      const signal = init?.signal ?? original?.signal ?? undefined
      const address = method === 'POST' ? addressOf(url) : undefined
      if (!address) return refusal(errorBody, refused(method, url, dialects, hosts))

      const { dialect, door, provider } = address
      const { downstream } = dialect
      if (!downstream) throw new GatewayError('internal', `${dialect.id} has no downstream half.`)
      try {
        const decoded: OperationRequest = downstream.decode(await readBody(init?.body ?? original, maxBodySize), door)
        const request = { ...decoded, model: resolve(decoded.model, provider) }
        const { reply, recorder } = await serve(dialect.operation, request, signal ? { signal } : {}, dialect.id)
        remember(recorder)
        const headers = {
          'content-type': 'application/json',
          'x-zerohop-call': recorder.id,
          'x-zerohop-cache': recorder.cache,
          'x-request-id': recorder.id,
        }
        if (reply.kind === 'whole') {
          const { wire } = reply
          if (wire?.dialect === dialect.id) return new Response(wire.text, { headers })
          const body = downstream.encode(reply.response, request)
          if (!isRawBody(body)) return new Response(JSON.stringify(body), { headers })
          headers['content-type'] = body.contentType
          return new Response(body.raw as BodyInit, { headers })
        }
        const { streamType = 'text/event-stream; charset=utf-8' } = downstream
        headers['content-type'] = typeof streamType === 'string' ? streamType : streamType(request)
        return new Response(bodyOf(reply, downstream, request), { headers })
      } catch (cause) {
        // A caller that leaves is told as `fetch` tells it, so that no SDK takes it for a failure to retry.
        if (signal?.aborted) throw signal.reason
        return refusal((error) => downstream.error(error), toGatewayError(cause))
      }
    }
}

/** The bytes of a stream, pulled by their reader. */
function bodyOf(
  reply: StreamReply,
  downstream: NonNullable<AnyDialect['downstream']>,
  request: OperationRequest,
): ReadableStream<Uint8Array> {
  const encoder = downstream.stream(request)
  const utf8 = new TextEncoder()
  const passes = reply.passesBytes
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (passes) {
            const bytes = await reply.pullBytes()
            return bytes ? controller.enqueue(bytes) : controller.close()
          }
          for (;;) {
            const batch = await reply.pull()
            let text = ''
            let said = false
            if (!batch) text = encoder.end()
            else {
              for (const event of batch) {
                const piece = encoder.push(event)
                if (typeof piece === 'string') text += piece
                else if (piece.length > 0) {
                  controller.enqueue(piece)
                  said = true
                }
              }
            }
            if (text !== '') controller.enqueue(utf8.encode(text))
            if (!batch) return controller.close()
            if (said || text !== '') return
          }
        } catch (cause) {
          const error = toGatewayError(cause)
          // The caller's own abort errors the body, as `fetch` does; any other failure is told in the application's format.
          if (error.code === 'cancelled') return controller.error(error.cause ?? error)
          controller.enqueue(utf8.encode(encoder.error(error)))
          controller.close()
        }
      },
      cancel: () => reply.cancel(),
    },
    { highWaterMark: 0 },
  )
}

/** The JSON, or the form, of a request. */
async function readBody(body: BodyInit | Request | null | undefined, limit: number): Promise<unknown> {
  if (body instanceof FormData) return body
  if (body instanceof Request && body.headers.get('content-type')?.startsWith('multipart/')) return body.formData()
  const text =
    typeof body === 'string'
      ? body
      : body === null || body === undefined
        ? ''
        : await ('text' in body ? body.text() : new Response(body).text())
  // A character is at least a byte.
  if (text.length > limit) {
    throw new GatewayError(
      'request_too_large',
      `The request has ${text.length} characters; at most ${limit} bytes are taken. See maxBodySize.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new GatewayError(
      'invalid_request',
      text === '' ? 'The request has no body.' : 'The body of the request is no JSON.',
    )
  }
}

function refusal(encode: (error: GatewayError) => unknown, error: GatewayError): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    // The gateway has tried all that was to be tried.
    'x-should-retry': 'false',
  }
  if (error.callId) {
    headers['x-zerohop-call'] = error.callId
    headers['x-request-id'] = error.callId
  }
  if (error.retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfter / 1000))
  return new Response(JSON.stringify(encode(error)), { status: error.status, headers })
}

function errorBody({ message, code }: GatewayError): unknown {
  return { error: { message, type: 'zerohop', code } }
}

function refused(
  method: string,
  url: string,
  dialects: readonly AnyDialect[],
  hosts: ReadonlyMap<string, AnyProvider>,
): GatewayError {
  const formats = dialects.map(({ id }) => id).join(', ')
  if (!URL.canParse(url)) return new GatewayError('invalid_request', `"${url.split('?')[0]}" is no whole URL.`)
  const { host, pathname } = new URL(url)
  return new GatewayError(
    hosts.has(host) ? 'unsupported' : 'invalid_request',
    `gateway.fetch serves no ${method} ${host}${pathname}. It takes POST requests in these formats: ${formats}; more by the option dialects.`,
  )
}
