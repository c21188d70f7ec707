import { createAnthropic } from '@ai-sdk/anthropic'
import type { LanguageModelV4, ProviderV4 } from '@ai-sdk/provider'
import { generateText } from 'ai'
import { expect, test } from 'vitest'
import { createGateway } from 'zerohop'
import { aiSdkProvider, createZerohop, metadataOf, type ZerohopOptions } from 'zerohop/ai-sdk'
import { openai } from 'zerohop/providers/openai'
import { createWorld } from '../../world.ts'

// What this file says of types is checked by the compiler.

const world = createWorld()
const gateway = createGateway({
  providers: [openai, aiSdkProvider({ id: 'theirs', languageModel: createAnthropic({ apiKey: 'any' }) })],
  models: { fast: ['openai/gpt-5-mini'] },
  runtime: world.runtime,
})
const zerohop = createZerohop(gateway, { specificationVersion: 'v4' })

test('the provider and its models are those of ai 7', async () => {
  const provider: ProviderV4 = zerohop
  const model: LanguageModelV4 = zerohop('fast')
  expect([provider.languageModel('fast').modelId, model.specificationVersion]).toEqual(['fast', 'v4'])
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
