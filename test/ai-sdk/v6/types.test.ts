import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import type {
  EmbeddingModelV3,
  ImageModelV3,
  LanguageModelV3,
  ProviderV3,
  RerankingModelV3,
  SpeechModelV3,
  TranscriptionModelV3,
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
const zerohop = createZerohop(gateway, { specificationVersion: 'v3' })

test('the provider and its models are those of ai 6', async () => {
  const provider: ProviderV3 = zerohop
  const model: LanguageModelV3 = zerohop('fast')
  expect([provider.languageModel('fast').modelId, model.specificationVersion]).toEqual(['fast', 'v3'])
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

test('models of every kind are those of ai 6', async () => {
  const embedding: EmbeddingModelV3 = zerohop.embeddingModel('fast')
  const image: ImageModelV3 = zerohop.imageModel('fast')
  const speech: SpeechModelV3 = zerohop.speechModel('fast')
  const transcription: TranscriptionModelV3 = zerohop.transcriptionModel('fast')
  const reranking: RerankingModelV3 = zerohop.rerankingModel('fast')
  expect(
    [embedding, image, speech, transcription, reranking].map(({ specificationVersion }) => specificationVersion),
  ).toEqual(Array(5).fill('v3'))
  // @ts-expect-error: no group and no provider of the gateway
  zerohop.imageModel('quick')

  const zerohopOptions: ZerohopEmbeddingOptions = { team: 'search', dimensions: 8 }
  const model = zerohop.embeddingModel('openai/text-embedding-3-small')
  const made = await embed({ model, value: 'Hello', providerOptions: { zerohop: zerohopOptions } })
  expect(made.embedding).toHaveLength(8)
})
