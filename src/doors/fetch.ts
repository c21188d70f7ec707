import type { CallOptions } from '../call.ts'
import { type AnyDialect, type Door, isRawBody } from '../dialects/dialect.ts'
import { GatewayError, toGatewayError } from '../errors.ts'
import type { Operation, OperationRequest } from '../operations/operation.ts'
import { passThrough } from '../operations/pass-through.ts'
import { type AnyProvider, allSpoken } from '../providers/provider.ts'
import type { ByteSink, Reply, StreamReply } from '../reply.ts'
import type { TraceRecorder } from '../telemetry/trace.ts'
import { passThroughRefusal, passThroughRequest, passThroughResponse } from './pass-through.ts'
import { takePreferences } from './preferences.ts'
import { type Incoming, incoming, keyIn, readBody } from './request.ts'

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
  /** Whether a key in a request serves the provider whose host was called. */
  readonly callersKeys: boolean
  /** Whether what no dialect reads is handed on to the provider whose host it is. */
  readonly passes: boolean
  /** Sends requests to unknown hosts as they are; undefined where they are refused. */
  readonly forward: ((request: Incoming) => Promise<Response>) | undefined
  /** Remembers the trace of a response. */
  readonly remember: (recorder: TraceRecorder) => void
}

/** Serves a call, on somebody's behalf. */
export type Serve = (
  operation: Operation,
  request: OperationRequest,
  options: CallOptions,
  wire: string | undefined,
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
  callersKeys,
  passes,
  forward,
  remember,
}: FetchDoorOptions): (serve: Serve) => GatewayFetch {
  const hosts = hostsOf(providers)
  const addresses = new Map<string, Address>()

  /** The first provider whose host it is. A host with settings in it is known by the rest of its name. */
  function providerOf(url: string): AnyProvider | undefined {
    if (!URL.canParse(url)) return undefined
    const { host } = new URL(url)
    return hosts.find(({ name }) => name.test(host))?.provider
  }

  function addressOf(url: string): Address | undefined {
    const known = addresses.get(url)
    if (known) return known
    if (!URL.canParse(url)) return undefined
    const { pathname, searchParams } = new URL(url)
    const provider = providerOf(url)
    // Several formats may have one path: at a provider's host, its own counts.
    const own = provider ? allSpoken(provider).map(({ dialect }) => dialect as AnyDialect) : []
    for (const dialect of [...own, ...dialects]) {
      const door = dialect.downstream?.match(pathname, searchParams)
      if (!door) continue
      const address = { dialect, door, provider }
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

  /** What a request says of the call itself. */
  function optionsOf(request: Incoming, provider: AnyProvider | undefined): CallOptions {
    const key = callersKeys && provider && keyIn(request)
    return {
      ...(request.signal && { signal: request.signal }),
      ...(key && { credentials: { [provider.id]: key } }),
    }
  }

  /** Speaks for the application: decodes what it wrote, and encodes what it gets. */
  async function speak(request: Incoming, { dialect, door, provider }: Address, serve: Serve): Promise<Response> {
    const { downstream } = dialect
    if (!downstream) throw new GatewayError('internal', `${dialect.id} has no downstream half.`)
    try {
      const decoded: OperationRequest = downstream.decode(await readBody(request, maxBodySize), door)
      const model = resolve(decoded.model, provider)
      const said = saying(request, downstream.headers)
      // A single deployment's provider may route by itself, and read its preferences itself.
      const { request: told, prefer } =
        knows(model) === 'group' ? takePreferences(decoded, dialect.id) : { request: decoded, prefer: undefined }
      const asked = { ...told, model, ...(said && { headers: said }) }
      const options = { ...optionsOf(request, provider), ...(prefer && { prefer }) }
      const { reply, recorder } = await serve(dialect.operation, asked, options, dialect.id)
      remember(recorder)
      const headers = {
        'content-type': 'application/json',
        'x-zerohop-call': recorder.id,
        'x-zerohop-cache': recorder.cache,
        [downstream.requestId ?? 'x-request-id']: recorder.id,
      }
      if (reply.kind === 'whole') {
        const { wire } = reply
        if (wire?.dialect === dialect.id) return new Response(wire.text, { headers })
        const body = downstream.encode(reply.response, asked)
        if (!isRawBody(body)) return new Response(JSON.stringify(body), { headers })
        headers['content-type'] = body.contentType
        return new Response(body.raw as BodyInit, { headers })
      }
      const { streamType = 'text/event-stream; charset=utf-8' } = downstream
      // A reply resolves at its first content: it is there.
      const first = typeof streamType === 'function' ? ((await reply.pull()) ?? []) : undefined
      if (door.list) headers['content-type'] = 'application/json; charset=utf-8'
      else headers['content-type'] = typeof streamType === 'function' ? streamType(asked, first!) : streamType
      return new Response(bodyOf(reply, downstream, door, asked, first), { headers })
    } catch (cause) {
      // A caller that leaves is told as `fetch` tells it, so that no SDK takes it for a failure to retry.
      if (request.signal?.aborted) throw request.signal.reason
      return refusal((error) => downstream.error(error), toGatewayError(cause), downstream.requestId)
    }
  }

  /** Hands on what no dialect reads, to the provider whose host it is. */
  async function passOn(request: Incoming, provider: AnyProvider, serve: Serve): Promise<Response> {
    try {
      // A stream can be sent once.
      const once = request.body instanceof ReadableStream ? { maxAttempts: 1 } : undefined
      const asked = passThroughRequest(request, provider)
      const { reply, recorder } = await serve(
        passThrough,
        asked,
        { ...optionsOf(request, provider), ...once },
        undefined,
      )
      remember(recorder)
      return await passThroughResponse(reply as StreamReply, { 'x-zerohop-call': recorder.id })
    } catch (cause) {
      if (request.signal?.aborted) throw request.signal.reason
      const error = toGatewayError(cause)
      const told = { 'x-should-retry': 'false', ...(error.callId && { 'x-zerohop-call': error.callId }) }
      return passThroughRefusal(error, told) ?? refusal(errorBody, error)
    }
  }

  return (serve) =>
    async function fetch(input, init) {
      const request = incoming(input, init)
      const { url, method } = request
      const address = method === 'POST' ? addressOf(url) : undefined
      if (address) return speak(request, address, serve)
      const provider = providerOf(url)
      if (provider && passes) return passOn(request, provider, serve)
      if (forward && !provider) return forward(request)
      return refusal(errorBody, refused(method, url, dialects, provider !== undefined))
    }
}

/** The headers of a request that say something in its dialect. */
function saying({ header }: Incoming, names: readonly string[] = []): Record<string, string> | undefined {
  let said: Record<string, string> | undefined
  for (const name of names) {
    const value = header(name)
    if (value !== undefined) (said ??= {})[name] = value
  }
  return said
}

/** The host names of providers, with any setting in the place of `{name}`. */
function hostsOf(
  providers: readonly AnyProvider[],
): readonly { readonly name: RegExp; readonly provider: AnyProvider }[] {
  return providers.flatMap((provider) =>
    [provider.baseURL, ...allSpoken(provider).flatMap(({ baseURL }) => baseURL ?? [])].map((address) => {
      const host = /^https?:\/\/([^/]+)/.exec(address)?.[1] ?? ''
      const name = host.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^./]+')
      return { name: new RegExp(`^${name}$`), provider }
    }),
  )
}

/** The bytes of a stream, pulled by their reader. */
function bodyOf(
  reply: StreamReply,
  downstream: NonNullable<AnyDialect['downstream']>,
  door: Door,
  request: OperationRequest,
  first: readonly unknown[] | undefined,
): ReadableStream<Uint8Array> {
  const encoder = downstream.stream(request, door)
  const utf8 = new TextEncoder()
  const passes = first === undefined && !door.list && reply.passesBytes
  let pulled = first

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      for (;;) {
        const batch = pulled ?? (await reply.pull())
        pulled = undefined
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
      fail(controller, cause)
    }
  }

  function fail(controller: ReadableStreamDefaultController<Uint8Array>, cause: unknown): void {
    const error = toGatewayError(cause)
    const told = error.code === 'cancelled' ? '' : encoder.error(error)
    // The caller's own abort errors the body, as `fetch` does. Where there is no place for words, such as in a sound, it breaks off.
    if (told === '') controller.error(error.code === 'cancelled' ? (error.cause ?? error) : error)
    else {
      controller.enqueue(utf8.encode(told))
      controller.close()
    }
  }

  let sink: ByteSink | undefined
  let left = false
  const pass = (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    sink ??= {
      enqueue: (bytes) => controller.enqueue(bytes),
      close: () => (left ? undefined : controller.close()),
      error: (cause) => fail(controller, cause),
    }
    return reply.pullBytes(sink)
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: passes ? pass : pull,
      cancel() {
        left = true
        return reply.cancel()
      },
    },
    { highWaterMark: 0 },
  )
}

function refusal(encode: (error: GatewayError) => unknown, error: GatewayError, requestId = 'x-request-id'): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    // The gateway has tried all that was to be tried.
    'x-should-retry': 'false',
  }
  if (error.callId) {
    headers['x-zerohop-call'] = error.callId
    headers[requestId] = error.callId
  }
  if (error.retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfter / 1000))
  return new Response(JSON.stringify(encode(error)), { status: error.status, headers })
}

function errorBody({ message, code }: GatewayError): unknown {
  return { error: { message, type: 'zerohop', code } }
}

function refused(method: string, url: string, dialects: readonly AnyDialect[], known: boolean): GatewayError {
  const formats = dialects.flatMap(({ id, downstream }) => (downstream ? [id] : [])).join(', ')
  if (!URL.canParse(url)) return new GatewayError('invalid_request', `"${url.split('?')[0]}" is no whole URL.`)
  const { host, pathname } = new URL(url)
  return new GatewayError(
    'invalid_request',
    `gateway.fetch serves no ${method} ${host}${pathname}: ${known ? 'no format has that path, and `passThrough` is false' : "the host is none of its providers'"}. It takes POST requests in these formats: ${formats}; more by the option dialects. To send others on as they are, set unmatched: 'forward'.`,
  )
}
