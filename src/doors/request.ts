import { readForm } from '../dialects/form.ts'
import { GatewayError } from '../errors.ts'

/** A request as an application hands it to `fetch`, in whichever of its forms. */
export interface Incoming {
  readonly url: string
  readonly method: string
  readonly signal: AbortSignal | undefined
  readonly body: BodyInit | null | undefined
  header(name: string): string | undefined
  /** All headers, their names in lower case. */
  headers(): Headers
}

/** Reads the two arguments of `fetch`. Makes no `Request` of them: that costs as much as a whole call. */
export function incoming(input: string | URL | Request, init: RequestInit | undefined): Incoming {
  const original = typeof input === 'object' && 'url' in input ? input : undefined
  let all: Headers | undefined
  const headers = (): Headers => (all ??= new Headers(init?.headers ?? original?.headers))
  return {
    url: typeof input === 'string' ? input : input instanceof URL ? input.href : input.url,
    method: (init?.method ?? original?.method ?? 'GET').toUpperCase(),
    signal: init?.signal ?? original?.signal ?? undefined,
    body: init?.body ?? original?.body,
    headers,
    header: (name) => headers().get(name) ?? undefined,
  }
}

/** The JSON, or the form, of a request. */
export async function readBody({ body, header }: Incoming, limit: number): Promise<unknown> {
  if (body instanceof FormData) return readForm(body)
  let text = body
  if (typeof text !== 'string') {
    const type = header('content-type') ?? ''
    // A form that was written already.
    if (type.startsWith('multipart/')) {
      return readForm(await new Response(body ?? null, { headers: { 'content-type': type } }).formData())
    }
    text = body === null || body === undefined ? '' : await new Response(body).text()
  }
  // A character is at least a byte.
  if (text.length > limit) {
    throw new GatewayError(
      'request_too_large',
      `The request has ${text.length} characters; at most ${limit} bytes are taken. See maxBodySize.`,
    )
  }
  try {
    // A text may begin with a byte order mark, as files do. Of bytes it is gone already.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    const encoding = header('content-encoding') ?? 'identity'
    throw new GatewayError(
      'invalid_request',
      text === ''
        ? 'The request has no body.'
        : encoding === 'identity'
          ? 'The body of the request is no JSON.'
          : `The body of the request is compressed (content-encoding: ${encoding}), and is taken only as it is.`,
    )
  }
}

/** Where applications put a key, in the words of the providers' SDKs. */
const keyHeaders = ['x-api-key', 'x-goog-api-key', 'api-key', 'authorization'] as const

/** The key that a request carries; none where it is only our placeholder. */
export function keyIn({ url, header }: Incoming): string | undefined {
  const told =
    keyHeaders.map((name) => header(name)?.replace(/^Bearer\s+/i, '')).find(Boolean) ??
    (URL.canParse(url) ? (new URL(url).searchParams.get('key') ?? undefined) : undefined)
  return told === 'zerohop' ? undefined : told
}

/** The headers of a request without its credentials, and without those that belong to its connection. */
export function plainHeaders({ headers }: Incoming): Record<string, string> {
  const plain: Record<string, string> = {}
  headers().forEach((value, name) => {
    if (!notForwarded.test(name)) plain[name] = value
  })
  return plain
}

const notForwarded =
  /^(authorization|x-api-key|x-goog-api-key|api-key|cookie|host|connection|content-length|transfer-encoding|accept-encoding|x-zerohop-.*)$/
