import { type Form, readForm } from '../dialects/form.ts'
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
  if (body instanceof FormData) return formWithin(body, limit)
  let text = body
  // No JSON begins with the mark that parts a form.
  if (typeof text !== 'string' || text.startsWith('--')) {
    const type = header('content-type') ?? ''
    // A form that was written already.
    if (/^multipart\//i.test(type)) return formWithin(await parsedForm(body, type), limit)
    text = body === null || body === undefined ? '' : await new Response(body).text()
  }
  // A character is at least a byte.
  if (text.length > limit) throw tooLarge(`${text.length} characters`, limit)
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

async function parsedForm(body: Incoming['body'], type: string): Promise<FormData> {
  const written = new Response(body ?? null, { headers: { 'content-type': type } })
  try {
    return await written.formData()
  } catch {
    throw new GatewayError('invalid_request', 'The body of the request is no form that can be read.')
  }
}

async function formWithin(data: FormData, limit: number): Promise<Form> {
  const form = await readForm(data)
  let size = 0
  for (const [, text] of form.texts) size += text.length
  for (const { bytes } of form.files) size += bytes.length
  if (size > limit) throw tooLarge(`${size} bytes`, limit)
  return form
}

function tooLarge(size: string, limit: number): GatewayError {
  return new GatewayError(
    'request_too_large',
    `The request has ${size}; at most ${limit} bytes are taken. See maxBodySize.`,
  )
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
