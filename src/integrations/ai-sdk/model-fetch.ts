import { base64Of } from '../../dialects/base64.ts'
import type { Fields } from '../../dialects/fields.ts'
import { encodeFrame } from '../../dialects/sse.ts'
import type { Fetch } from '../../runtime.ts'
import { callFor } from './compatibility.ts'
import { tellFailure } from './failure.ts'
import { type AnyEmbeddingModel, type AnyImageModel, embed, generateImages } from './model-parts.ts'
import type { AnyLanguageModel } from './specification.ts'

/** Gives the models of a name, of each kind that there is. */
export interface Models {
  readonly languageModel?: ((name: string) => AnyLanguageModel) | undefined
  readonly embeddingModel?: ((name: string) => AnyEmbeddingModel) | undefined
  readonly imageModel?: ((name: string) => AnyImageModel) | undefined
}

/** A model as it is called: any version takes the call that {@link callFor} makes for it. */
interface CallableModel {
  doGenerate(call: unknown): PromiseLike<Fields>
  doStream(call: unknown): PromiseLike<{ readonly stream: ReadableStream<Fields> }>
}

/** What the dialects of the AI SDK send. */
interface Asked {
  readonly model: string
  readonly stream?: boolean
  readonly call: never
}

/** Makes a `fetch` that asks models of the AI SDK: their answers come as JSON, their streams as server-sent events. */
export function modelFetch({ languageModel, embeddingModel, imageModel }: Models): Fetch {
  return async function fetch(url, { body, signal }) {
    const { model: name, stream, call } = JSON.parse(body as string) as Asked
    try {
      if (url.endsWith('/embedding-model')) return respond(await embed(modelOf(embeddingModel, name), call, signal))
      if (url.endsWith('/image-model')) return respond(await generateImages(modelOf(imageModel, name), call, signal))
      const model = modelOf(languageModel, name)
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

/** Gives the model of a name; a function of an application's may give none. */
function modelOf<Model>(give: ((name: string) => Model) | undefined, name: string): Model {
  const model = give?.(name)
  if (model) return model
  throw Object.assign(new Error(`no model is called "${name}".`), { name: 'AI_NoSuchModelError' })
}

function respond(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { ...headers, 'content-type': 'application/json' } })
}

/** What the gateway reads of an answer. The request and the raw response would only be copied. */
function tellAnswer(answer: Fields): unknown {
  const { content, finishReason, usage, providerMetadata, warnings } = answer
  const { id, timestamp, modelId } = (answer['response'] ?? {}) as Fields
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
function bytesOf(parts: ReadableStream<Fields>): ReadableStream<Uint8Array> {
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
function tellPart(part: Fields): unknown {
  const { type, data, error } = part
  if (type === 'error') {
    const broken = { status: 502, message: 'the connection broke off.', codes: [], headers: {} }
    return { type, error: tellFailure(error) ?? broken }
  }
  if (data instanceof Uint8Array) return { ...part, data: base64Of(data) }
  const bytes = (data as { readonly data?: unknown } | undefined)?.data
  return bytes instanceof Uint8Array ? { ...part, data: { type: 'data', data: base64Of(bytes) } } : part
}
