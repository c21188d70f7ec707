import { GatewayError } from '../errors.ts'
import type { Catalog } from '../providers/provider.ts'
import { defaultRuntime, type Fetch } from '../runtime.ts'
import { createCatalog } from './create-catalog.ts'

export interface RefreshOptions {
  /** Where to read it. @default 'https://models.dev/api.json' */
  readonly url?: string | undefined
  /** What to read it with. @default the runtime's own */
  readonly fetch?: Fetch | undefined
  /** Ends the reading when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** Reads models.dev, or a file in its shape, and makes a catalogue of it. Only when it is called: nothing is read by itself. */
export async function refreshCatalog(options: RefreshOptions = {}): Promise<Catalog> {
  const { url = 'https://models.dev/api.json', fetch = defaultRuntime.fetch, signal } = options
  const response = await fetch(url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    ...(signal && { signal }),
  }).catch((cause: unknown) => {
    throw failed(url, 'it could not be reached', cause)
  })
  if (response.status !== 200) throw failed(url, `it answered ${response.status}`)
  return createCatalog(await textOf(response.body, url))
}

/** Some six times what models.dev has. */
const largest = 32 * 1024 * 1024

async function textOf(body: ReadableStream<Uint8Array> | null, url: string): Promise<string> {
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  while (reader) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw failed(url, 'the connection broke', cause)
    })
    if (done) break
    size += value.length
    if (size > largest) {
      reader.cancel().catch(() => {})
      throw failed(url, 'it is larger than 32 MB')
    }
    text += decoder.decode(value, { stream: true })
  }
  return text + decoder.decode()
}

function failed(url: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('provider_unavailable', `The catalogue at ${url} was not read: ${why}.`, { cause })
}
