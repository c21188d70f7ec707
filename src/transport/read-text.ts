import { utf8Reader } from '../dialects/utf8.ts'
import { type FetchResponse, isNode } from '../runtime.ts'

/** Reads a body to its end. By hand on Node, where `text()` takes three microseconds more: a tenth of a whole call. */
export function readText(response: FetchResponse): Promise<string> {
  return response.body && isNode() ? readByHand(response.body) : response.text()
}

async function readByHand(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader()
  const utf8 = utf8Reader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + utf8.end()
    text += utf8.read(value)
  }
}
