import { bytesOf } from '../../dialects/base64.ts'
import type { Gateway } from '../../gateway.ts'
import type { TranscriptionRequest, TranscriptSegment } from '../../operations/transcription.ts'
import { askGateway, type ModelIdentity, type OperationCall, type OperationResult, usageOf } from './operation-model.ts'
import type { OptionTable } from './operation-options.ts'
import { own } from './provider-options.ts'
import type { JSONObject, SpecificationVersion } from './specification.ts'

export interface TranscriptionCall extends OperationCall {
  /** The bytes, or base64. */
  readonly audio: Uint8Array | string
  readonly mediaType: string
  /** Of version 4. */
  readonly timestampGranularities?: TranscriptionRequest['timestamps']
}

interface Stretch {
  text: string
  startSecond: number
  endSecond: number
}

/** A transcription model of the AI SDK. */
export interface TranscriptionModel<V extends SpecificationVersion> extends ModelIdentity<V> {
  doGenerate(call: TranscriptionCall): Promise<
    OperationResult & {
      text: string
      /** Words, where only words were asked for. */
      segments: Stretch[]
      words?: Stretch[]
      language: string | undefined
      durationInSeconds: number | undefined
      usage: JSONObject
    }
  >
}

/** Makes a transcription model of the AI SDK out of a model group, or a `provider/model`, of a gateway. */
export function createTranscriptionModel<V extends SpecificationVersion>(
  gateway: Gateway,
  modelId: string,
  version: V,
): TranscriptionModel<V> {
  return {
    specificationVersion: version,
    provider: own,
    modelId,
    doGenerate: (call) =>
      askGateway(gateway, modelId, call, transcriptionOptions, async (client, said, describe) => {
        const { audio, mediaType, timestampGranularities: timestamps = said.timestamps } = call
        const data = typeof audio === 'string' ? bytesOf(audio) : audio
        const reply = await client.transcribe({ ...said, audio: { data, mediaType }, timestamps, stream: false })
        const { language, duration } = reply.response
        const words = reply.words.map(encodeStretch)
        const segments = reply.segments.map(encodeStretch)
        return {
          ...describe(reply),
          text: reply.text,
          segments: segments.length > 0 ? segments : words,
          ...(words.length > 0 && { words }),
          language,
          durationInSeconds: duration,
          usage: usageOf(reply),
        }
      }),
  }
}

function encodeStretch({ text, start, end }: TranscriptSegment): Stretch {
  return { text, startSecond: start, endSecond: end }
}

type Fields = Pick<
  TranscriptionRequest,
  'language' | 'prompt' | 'temperature' | 'translate' | 'timestamps' | 'speakers'
>

const transcriptionOptions: OptionTable<Fields> = {
  own: ['language', 'prompt', 'temperature', 'translate', 'timestamps', 'speakers'],
  named: ['openai', 'groq'].flatMap((provider) => [
    [provider, 'language', 'language'] as const,
    [provider, 'prompt', 'prompt'] as const,
    [provider, 'temperature', 'temperature'] as const,
    [provider, 'timestampGranularities', 'timestamps'] as const,
  ]),
  dialects: { openai: 'openai-transcription', groq: 'openai-transcription' },
}
