import { encodeFrame } from '../../dialects/sse.ts'
import type { Fetch } from '../../runtime.ts'
import { callFor } from './compatibility.ts'
import { tellFailure } from './failure.ts'
import { encodeBase64 } from './file-data.ts'
import type { AnyLanguageModel, ModelCall } from './specification.ts'

/** A model as it is called: any version takes the call that {@link callFor} makes for it. */
interface CallableModel {
  doGenerate(call: unknown): PromiseLike<Readonly<Record<string, unknown>>>
  doStream(call: unknown): PromiseLike<{ readonly stream: ReadableStream<Readonly<Record<string, unknown>>> }>
}

/** Makes a `fetch` that asks language models of the AI SDK: their answers come as JSON, their streams as server-sent events. */
export function modelFetch(languageModel: (name: string) => AnyLanguageModel): Fetch {
  return async function fetch(_, { body, signal }) {
    const {
      model: name,
      stream,
      call,
    } = JSON.parse(body as string) as {
      model: string
      stream?: boolean
      call: ModelCall
    }
    try {
      const model = languageModel(name)
      const asked = callFor(model, call, signal)
      const callable = model as unknown as CallableModel
      if (!stream) return respond(tellAnswer(await callable.doGenerate(asked)))
      const { stream: parts } = await callable.doStream(asked)
      return new Response(bytesOf(parts), { headers: { 'content-type': 'text/event-stream' } })
    } catch (cause) {
      const failure = tellFailure(cause)
      // A connection that broke is told as `fetch` tells it.
      if (!failure) throw cause
      const { status, headers } = failure
      return respond(failure, status >= 300 && status < 600 ? status : 502, headers)
    }
  }
}

function respond(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { ...headers, 'content-type': 'application/json' } })
}

/** What the gateway reads of an answer. The request and the raw response would only be copied. */
function tellAnswer(answer: Readonly<Record<string, unknown>>): unknown {
  const { content, finishReason, usage, providerMetadata, warnings } = answer
  const { id, timestamp, modelId } = (answer['response'] ?? {}) as Readonly<Record<string, unknown>>
  return {
    content: Array.isArray(content) ? content.map(tellPart) : content,
    finishReason,
    usage,
    providerMetadata,
    warnings,
    response: { id, timestamp, modelId },
  }
}

/** The parts of a stream as bytes, one pulled for each that is read. */
function bytesOf(parts: ReadableStream<Readonly<Record<string, unknown>>>): ReadableStream<Uint8Array> {
  const reader = parts.getReader()
  const utf8 = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(utf8.encode(encodeFrame(tellPart(value))))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** A part as JSON can say it: bytes in base64, errors as data. */
function tellPart(part: Readonly<Record<string, unknown>>): unknown {
  const { type, data, error } = part
  if (type === 'error') {
    const broken = { status: 502, message: 'the connection broke off.', codes: [], headers: {} }
    return { type, error: tellFailure(error) ?? broken }
  }
  if (data instanceof Uint8Array) return { ...part, data: encodeBase64(data) }
  const bytes = (data as { readonly data?: unknown } | undefined)?.data
  return bytes instanceof Uint8Array ? { ...part, data: { type: 'data', data: encodeBase64(bytes) } } : part
}
