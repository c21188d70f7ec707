import { LeftOut } from '../../dialects/left-out.ts'
import type { ChatReply, ChatStream } from '../../doors/chat.ts'
import type { Gateway } from '../../gateway.ts'
import type { ChatEvent } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'
import { callError } from './call-error.ts'
import { encodeContent, Sources } from './content.ts'
import { encodeMetadata } from './metadata.ts'
import { type DecodedCall, decodeCall } from './model-call.ts'
import { id, own } from './provider-options.ts'
import type { LanguageModel, ModelCall, ProviderMetadata, SpecificationVersion, StreamPart } from './specification.ts'
import { StreamEncoder } from './stream-encoder.ts'
import { encodeFinish, encodeUsage } from './usage.ts'
import { encodeWarnings } from './warnings.ts'

/** Makes a language model of the AI SDK out of a model group, or a `provider/model`, of a gateway. */
export function createLanguageModel<V extends SpecificationVersion>(
  gateway: Gateway,
  modelId: string,
  version: V,
  supportedUrls: Record<string, RegExp[]>,
): LanguageModel<V> {
  return {
    specificationVersion: version,
    provider: own,
    modelId,
    supportedUrls,

    async doGenerate(call) {
      try {
        const decoded = decodeCall(modelId, call)
        const reply: ChatReply = await clientOf(gateway, decoded).chat({ ...decoded.request, stream: false })
        const { response, trace } = reply
        const [choice] = response.choices
        const rawFinishReason = choice?.rawFinishReason
        const left = new LeftOut()
        const content = encodeContent(choice?.content ?? [], version, new Sources(), left.leaveOut, decoded.names)
        const warnings = [
          ...decoded.warnings,
          ...trace.warnings,
          ...toldBy(response.extensions),
          ...(left.warnings ?? []),
        ]
        const { stopSequence } = choice ?? {}
        const said = { rawFinishReason, stopSequence, serviceTier: response.serviceTier, warnings }
        return {
          content,
          finishReason: encodeFinish(choice?.finishReason, rawFinishReason, version),
          usage: encodeUsage(response.usage, version),
          providerMetadata: {
            ...(response.extensions?.[id]?.['providerMetadata'] as ProviderMetadata | undefined),
            [own]: encodeMetadata(trace, said),
          },
          response: {
            id: response.id,
            modelId: response.model,
            ...(response.created !== undefined && { timestamp: new Date(response.created * 1000) }),
            headers: { 'x-zerohop-call': trace.id },
          },
          warnings: encodeWarnings(warnings),
        }
      } catch (cause) {
        throw callError(cause, modelId, call.abortSignal)
      }
    },

    async doStream(call) {
      try {
        const decoded = decodeCall(modelId, call)
        const stream: ChatStream = await clientOf(gateway, decoded).chat({ ...decoded.request, stream: true })
        return {
          stream: partsOf(stream, call, decoded, modelId, version),
          response: { headers: { 'x-zerohop-call': stream.trace.id } },
        }
      } catch (cause) {
        throw callError(cause, modelId, call.abortSignal)
      }
    },
  }
}

function clientOf(gateway: Gateway, { principal }: DecodedCall): Gateway {
  return principal ? gateway.with(principal) : gateway
}

/** The parts of a stream, pulled by their reader, one event of the gateway's at a time. */
function partsOf<V extends SpecificationVersion>(
  stream: ChatStream,
  { abortSignal, includeRawChunks }: ModelCall,
  { warnings, names }: DecodedCall,
  modelId: string,
  version: V,
): ReadableStream<StreamPart<V>> {
  const events = stream[Symbol.asyncIterator]()
  const encoder = new StreamEncoder(version, names)
  let begun = false
  /** By a model of the AI SDK. */
  let told: readonly string[] = []

  function begin(out: StreamPart<V>[], event: ChatEvent | undefined): void {
    begun = true
    if (event?.type === 'message-start') told = toldBy(event.extensions)
    out.push({ type: 'stream-start', warnings: encodeWarnings([...warnings, ...stream.trace.warnings, ...told]) })
  }

  /** The last part: money is known by then. */
  function finish(failed: boolean): StreamPart<V> {
    const { finish, usage, serviceTier, providerMetadata, left } = encoder
    const raw = finish?.rawFinishReason
    const all = [...warnings, ...stream.trace.warnings, ...told, ...(left.warnings ?? [])]
    const said = { rawFinishReason: raw, stopSequence: finish?.stopSequence, serviceTier, warnings: all }
    return {
      type: 'finish',
      finishReason: encodeFinish(failed ? 'error' : finish?.finishReason, raw, version),
      usage: encodeUsage(usage, version),
      providerMetadata: { ...providerMetadata, [own]: encodeMetadata(stream.trace, said) },
    }
  }

  return new ReadableStream<StreamPart<V>>(
    {
      async pull(controller) {
        const out: StreamPart<V>[] = []
        let over = false
        try {
          while (out.length === 0 && !over) {
            const { done, value } = await events.next()
            if (!begun) begin(out, value)
            if (done) {
              over = true
              encoder.end(out)
              out.push(finish(false))
            } else {
              if (includeRawChunks) out.push({ type: 'raw', rawValue: value })
              encoder.push(value, out)
            }
          }
        } catch (cause) {
          const error = callError(cause, modelId, abortSignal)
          // The caller's own abort breaks the stream off, as it does with `fetch`; any other failure is told.
          if (abortSignal?.aborted) return controller.error(error)
          over = true
          if (!begun) begin(out, undefined)
          encoder.end(out)
          out.push({ type: 'error', error }, finish(true))
        }
        for (const part of out) controller.enqueue(part)
        if (over) controller.close()
      },
      async cancel() {
        await events.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** What a model of the AI SDK behind the gateway has left out. */
function toldBy(extensions: Extensions | undefined): readonly string[] {
  return (extensions?.[id]?.['warnings'] ?? []) as readonly string[]
}
