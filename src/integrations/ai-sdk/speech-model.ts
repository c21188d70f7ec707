import { LeftOut } from '../../dialects/left-out.ts'
import type { Gateway } from '../../gateway.ts'
import type { SpeechRequest } from '../../operations/speech.ts'
import { askGateway, type ModelIdentity, type OperationCall, type OperationResult, usageOf } from './operation-model.ts'
import type { OptionTable } from './operation-options.ts'
import { own } from './provider-options.ts'
import type { JSONObject, SpecificationVersion } from './specification.ts'

export interface SpeechCall extends OperationCall {
  readonly text: string
  readonly voice?: string | undefined
  readonly outputFormat?: string | undefined
  readonly instructions?: string | undefined
  readonly speed?: number | undefined
  readonly language?: string | undefined
}

/** A speech model of the AI SDK. */
export interface SpeechModel<V extends SpecificationVersion> extends ModelIdentity<V> {
  doGenerate(call: SpeechCall): Promise<OperationResult & { audio: Uint8Array; usage: JSONObject }>
}

/** Makes a speech model of the AI SDK out of a model group, or a `provider/model`, of a gateway. */
export function createSpeechModel<V extends SpecificationVersion>(
  gateway: Gateway,
  modelId: string,
  version: V,
): SpeechModel<V> {
  return {
    specificationVersion: version,
    provider: own,
    modelId,
    doGenerate: (call) =>
      askGateway(gateway, modelId, call, speechOptions, async (client, said, describe) => {
        const { text: input, voice, outputFormat, language } = call
        const { instructions = said.instructions, speed = said.speed } = call
        const left = new LeftOut()
        const format = formats.find((format) => format === outputFormat)
        if (outputFormat !== undefined && !format) {
          left.leaveOut(`outputFormat \`${outputFormat}\``, `formats are ${formats.join(', ')}`)
        }
        const asked = { ...said, input, format, instructions, speed, language, stream: false } as const
        // No voice is every provider's: without one the gateway says that it is missing.
        const reply = await client.speak({ ...asked, voice: voice as string })
        const { response, ...described } = describe(reply, ...(left.warnings ?? []))
        return {
          ...described,
          response: { ...response, headers: { ...response.headers, 'content-type': reply.mediaType } },
          audio: reply.audio,
          usage: usageOf(reply),
        }
      }),
  }
}

const formats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const

const speechOptions: OptionTable<Pick<SpeechRequest, 'instructions' | 'speed'>> = {
  own: [],
  named: [
    ['openai', 'instructions', 'instructions'],
    ['openai', 'speed', 'speed'],
  ],
  dialects: { openai: 'openai-speech' },
}
