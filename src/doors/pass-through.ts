import type { GatewayError } from '../errors.ts'
import type { PassThroughRequest, PassThroughResponse } from '../operations/pass-through.ts'
import type { AnyProvider } from '../providers/provider.ts'
import type { StreamReply } from '../reply.ts'
import type { FetchInit, Runtime } from '../runtime.ts'
import { refusedBy } from '../transport/pass-through.ts'
import { type Incoming, plainHeaders } from './request.ts'

/** A request for a path that we speak no dialect of, at a provider that we know. */
export function passThroughRequest(request: Incoming, provider: AnyProvider): PassThroughRequest {
  const { method, body } = request
  const url = new URL(request.url)
  // Google's way to send a key.
  if (url.searchParams.has('key')) url.searchParams.delete('key')
  return {
    model: `${provider.id}/*`,
    method,
    url: url.href,
    headers: plainHeaders(request),
    body: (body ?? undefined) as PassThroughRequest['body'],
  }
}

/** What the provider answered, as it came. */
export async function passThroughResponse(
  reply: StreamReply,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const [head] = (await reply.pull()) as readonly [PassThroughResponse]
  const { status } = head
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const batch = (await reply.pull()) as readonly Uint8Array[] | undefined
          if (!batch) return controller.close()
          for (const bytes of batch) controller.enqueue(bytes)
        } catch (cause) {
          controller.error(cause)
        }
      },
      cancel: () => reply.cancel(),
    },
    { highWaterMark: 0 },
  )
  const bodiless = status === 204 || status === 205 || status === 304
  if (bodiless) await reply.pull()
  return new Response(bodiless ? null : body, { status, headers: { ...head.headers, ...headers } })
}

/** The provider's own refusal, when it was that which ended the call. */
export function passThroughRefusal(
  error: GatewayError,
  headers: Readonly<Record<string, string>>,
): Response | undefined {
  const refused = refusedBy(error)
  if (!refused) return undefined
  return new Response(refused.body, { status: refused.status, headers: { ...refused.headers, ...headers } })
}

/** Sends a request that concerns none of our providers as it came: no credential, no trace, no limit. */
export async function forward({ url, method, body, signal, headers }: Incoming, runtime: Runtime): Promise<Response> {
  const response = await runtime.fetch(url, {
    method,
    headers: Object.fromEntries([...headers()]),
    ...(body && { body: body as NonNullable<FetchInit['body']> }),
    ...(body instanceof ReadableStream && { duplex: 'half' as const }),
    ...(signal && { signal }),
  })
  // On every runtime it is the platform's own.
  return response as unknown as Response
}
