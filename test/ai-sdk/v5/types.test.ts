import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import type {
  EmbeddingModelV2,
  ImageModelV2,
  LanguageModelV2,
  ProviderV2,
  SpeechModelV2,
  TranscriptionModelV2,
} from '@ai-sdk/provider'
import { embed, generateText } from 'ai'
import { expect, test } from 'vitest'
import { createGateway } from 'zerohop'
import {
  aiSdkProvider,
  createZerohop,
  metadataOf,
  type ZerohopEmbeddingOptions,
  type ZerohopOptions,
} from 'zerohop/ai-sdk'
import { openai } from 'zerohop/providers/openai'
import { createWorld } from '../../world.ts'

// What this file says of types is checked by the compiler.

const world = createWorld()
const theirs = createOpenAI({ apiKey: 'any' })
const gateway = createGateway({
  providers: [
    openai,
    aiSdkProvider({ id: 'theirs', languageModel: createAnthropic({ apiKey: 'any' }) }),
    aiSdkProvider({ id: 'others', embeddingModel: theirs.textEmbeddingModel, imageModel: theirs.imageModel }),
  ],
  models: { fast: ['openai/gpt-5-mini'] },
  runtime: world.runtime,
})
const zerohop = createZerohop(gateway, { specificationVersion: 'v2' })

test('the provider and its models are those of ai 5', async () => {
  const provider: ProviderV2 = zerohop
  const model: LanguageModelV2 = zerohop('fast')
  expect([provider.languageModel('fast').modelId, model.specificationVersion]).toEqual(['fast', 'v2'])
  // @ts-expect-error: no group and no provider of the gateway
  zerohop('quick')

  const zerohopOptions: ZerohopOptions = { team: 'search', tags: ['a'], cache: { ttl: '1m' }, timeout: '20s' }
  const { text, providerMetadata } = await generateText({
    model: zerohop('fast'),
    prompt: 'Hello',
    providerOptions: { zerohop: zerohopOptions },
  })
  expect(text).toBe('You said: Hello')
  const cost: number | undefined = metadataOf(providerMetadata)?.cost
  expect(cost).toBeGreaterThan(0)
})

test('models of every kind are those of ai 5', async () => {
  const embedding: EmbeddingModelV2<string> = zerohop.embeddingModel('fast')
  const image: ImageModelV2 = zerohop.imageModel('fast')
  const speech: SpeechModelV2 = zerohop.speechModel('fast')
  const transcription: TranscriptionModelV2 = zerohop.transcriptionModel('fast')
  expect([embedding, image, speech, transcription].map(({ specificationVersion }) => specificationVersion)).toEqual(
    Array(4).fill('v2'),
  )
  // @ts-expect-error: no group and no provider of the gateway
  zerohop.imageModel('quick')

  const zerohopOptions: ZerohopEmbeddingOptions = { team: 'search', dimensions: 8 }
  const model = zerohop.embeddingModel('openai/text-embedding-3-small')
  const made = await embed({ model, value: 'Hello', providerOptions: { zerohop: zerohopOptions } })
  expect(made.embedding).toHaveLength(8)
})
