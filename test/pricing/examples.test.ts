import { expect, test } from 'vitest'
import type { Usage } from '../../src/operations/operation.ts'
import { costOf } from '../../src/pricing/cost.ts'
import { anthropicModels } from '../../src/providers/models/anthropic.ts'
import { bedrockModels } from '../../src/providers/models/bedrock.ts'
import { cohereModels } from '../../src/providers/models/cohere.ts'
import { deepseekModels } from '../../src/providers/models/deepseek.ts'
import { googleModels } from '../../src/providers/models/google.ts'
import { groqModels } from '../../src/providers/models/groq.ts'
import { mistralModels } from '../../src/providers/models/mistral.ts'
import { moonshotModels } from '../../src/providers/models/moonshot.ts'
import { openaiModels } from '../../src/providers/models/openai.ts'
import { perplexityModels } from '../../src/providers/models/perplexity.ts'
import { voyageModels } from '../../src/providers/models/voyage.ts'
import { xaiModels } from '../../src/providers/models/xai.ts'
import type { Price } from '../../src/providers/provider.ts'

/**
 * What providers publish, and what a usage costs by it, worked out on paper. The name of each says the published price, a
 * million tokens where it says no other unit; the price itself is the row's, so that a wrong one fails.
 */
// biome-ignore format: a table
const examples: readonly (readonly [name: string, price: Price | undefined, usage: Usage, nanoDollars: number])[] = [
  // OpenAI, platform.openai.com/docs/pricing, 2025-11: standard.
  ['openai/gpt-5-mini: 1,000 in at $0.25, 500 out at $2', openaiModels['gpt-5-mini'].price, { inputTokens: 1000, outputTokens: 500 }, 1_250_000],
  ['openai/gpt-5-mini: 600 of 1,000 cached at $0.025', openaiModels['gpt-5-mini'].price, { inputTokens: 1000, cachedInputTokens: 600, outputTokens: 500 }, 1_115_000],
  ['openai/gpt-5: reasoning is output at $10', openaiModels['gpt-5'].price, { inputTokens: 2000, outputTokens: 1200, reasoningTokens: 1024 }, 14_500_000],
  ['openai/gpt-5-nano: 3 in at $0.05, 1 out at $0.40', openaiModels['gpt-5-nano'].price, { inputTokens: 3, outputTokens: 1 }, 550],
  ['openai/gpt-4o: 1,024 of 2,048 cached at $1.25', openaiModels['gpt-4o'].price, { inputTokens: 2048, cachedInputTokens: 1024, outputTokens: 100 }, 4_840_000],
  ['openai/gpt-4o-2024-05-13: cached input without a price of its own costs $5', openaiModels['gpt-4o-2024-05-13'].price, { inputTokens: 1000, cachedInputTokens: 800, outputTokens: 10 }, 5_150_000],
  ['openai/o3-mini: 500 in at $1.10, 2,000 out at $4.40', openaiModels['o3-mini'].price, { inputTokens: 500, outputTokens: 2000, reasoningTokens: 1800 }, 9_350_000],
  ['openai/o1: 100 in at $15, 64 of them cached at $7.50, 10 out at $60', openaiModels['o1'].price, { inputTokens: 100, cachedInputTokens: 64, outputTokens: 10 }, 1_620_000],
  // The same page: batch, flex, priority.
  ['openai/gpt-5.1: flex: $0.625, cached $0.0625, out $5', openaiModels['gpt-5.1'].price, { inputTokens: 1001, cachedInputTokens: 896, outputTokens: 77, serviceTier: 'flex' }, 506_625],
  ['openai/gpt-5.1: batch: $0.625, out $5', openaiModels['gpt-5.1'].price, { inputTokens: 1001, outputTokens: 77, serviceTier: 'batch' }, 1_010_625],
  ['openai/gpt-5: priority: $2.50, cached $0.25, out $20', openaiModels['gpt-5'].price, { inputTokens: 4000, cachedInputTokens: 1024, outputTokens: 300, serviceTier: 'priority' }, 13_696_000],
  ['openai/gpt-5-mini: flex: $0.125, cached $0.0125, out $1', openaiModels['gpt-5-mini'].price, { inputTokens: 1301, cachedInputTokens: 1025, outputTokens: 9, serviceTier: 'flex' }, 56_313],
  ['openai/gpt-5-mini: priority: $0.45, cached $0.045, out $3.60', openaiModels['gpt-5-mini'].price, { inputTokens: 1301, cachedInputTokens: 1025, outputTokens: 9, serviceTier: 'priority' }, 202_725],
  ['openai/gpt-5-mini: served at the default though more was asked for', openaiModels['gpt-5-mini'].price, { inputTokens: 10, outputTokens: 10, serviceTier: 'default' }, 22_500],
  ['openai/gpt-4.1: batch: $1, where cached input has no price of its own, out $4', openaiModels['gpt-4.1'].price, { inputTokens: 1500, cachedInputTokens: 1024, outputTokens: 40, serviceTier: 'batch' }, 1_660_000],
  ['openai/gpt-4.1: priority: $3.50, cached $0.875, out $14', openaiModels['gpt-4.1'].price, { inputTokens: 1500, cachedInputTokens: 1024, outputTokens: 40, serviceTier: 'priority' }, 3_122_000],
  ['openai/gpt-4o: priority: $4.25, cached $2.125, out $17', openaiModels['gpt-4o'].price, { inputTokens: 1025, cachedInputTokens: 1, outputTokens: 1, serviceTier: 'priority' }, 4_371_125],
  ['openai/gpt-4o-mini: batch: $0.075, out $0.30', openaiModels['gpt-4o-mini'].price, { inputTokens: 7, outputTokens: 3, serviceTier: 'batch' }, 1_425],
  ['openai/gpt-4o-mini: priority: $0.25, cached $0.125, out $1', openaiModels['gpt-4o-mini'].price, { inputTokens: 1200, cachedInputTokens: 1152, outputTokens: 8, serviceTier: 'priority' }, 164_000],
  ['openai/o3: flex: $1, cached $0.25, out $4', openaiModels['o3'].price, { inputTokens: 2000, cachedInputTokens: 1500, outputTokens: 900, serviceTier: 'flex' }, 4_475_000],
  ['openai/o4-mini: flex: $0.55, cached $0.138, out $2.20', openaiModels['o4-mini'].price, { inputTokens: 2001, cachedInputTokens: 1537, outputTokens: 31, serviceTier: 'flex' }, 535_506],
  // OpenAI, developers.openai.com/api/docs/pricing, 2026-10: long context above 272K, cache writes, fast mode.
  ['openai/gpt-5.4: above 272K: $5, cached $0.50, out $22.50', openaiModels['gpt-5.4'].price, { inputTokens: 300_000, cachedInputTokens: 200_000, outputTokens: 1000 }, 622_500_000],
  ['openai/gpt-5.4: below 272K: $2.50, out $15', openaiModels['gpt-5.4'].price, { inputTokens: 271_999, outputTokens: 1000 }, 694_997_500],
  ['openai/gpt-5.6-sol: $4, cached $0.40, writes $5, out $20', openaiModels['gpt-5.6-sol'].price, { inputTokens: 5000, cachedInputTokens: 2000, cacheWriteTokens: 1500, outputTokens: 250 }, 19_300_000],
  ['openai/gpt-6-astra: fast: $20, cached $2, writes $25, out $100', openaiModels['gpt-6-astra'].price, { inputTokens: 5000, cachedInputTokens: 2000, cacheWriteTokens: 1500, outputTokens: 250, serviceTier: 'fast' }, 96_500_000],
  ['openai/gpt-5.5: fast: $12.50, cached $1.25, out $75', openaiModels['gpt-5.5'].price, { inputTokens: 2222, cachedInputTokens: 1111, outputTokens: 3, serviceTier: 'priority' }, 15_501_250],
  ['openai/gpt-5.6-luna: flex: $0.10, out $0.60', openaiModels['gpt-5.6-luna'].price, { inputTokens: 23_000, outputTokens: 3600, serviceTier: 'flex' }, 4_460_000],
  ['openai/gpt-5: two searches at $10 a thousand', openaiModels['gpt-5'].price, { inputTokens: 9000, outputTokens: 400, webSearches: 2 }, 35_250_000],
  // OpenAI, the same pages: audio, pictures, embeddings, speech, transcription, moderation.
  ['openai/gpt-audio: text $2.50 and $10, audio $32 and $64', openaiModels['gpt-audio'].price, { inputTokens: 100, audioInputTokens: 80, outputTokens: 60, audioOutputTokens: 50 }, 5_910_000],
  ['openai/gpt-audio-mini: text $0.60 and $2.40, audio $10 and $20', openaiModels['gpt-audio-mini'].price, { inputTokens: 321, audioInputTokens: 300, outputTokens: 123, audioOutputTokens: 100 }, 5_067_800],
  ['openai/gpt-image-1: text $5, pictures $10, out $40', openaiModels['gpt-image-1'].price, { inputTokens: 373, imageInputTokens: 323, outputTokens: 1056, images: 1 }, 45_720_000],
  ['openai/gpt-image-1-mini: text $2, pictures $2.50, out $8', openaiModels['gpt-image-1-mini'].price, { inputTokens: 350, imageInputTokens: 323, outputTokens: 272, images: 1 }, 3_037_500],
  ['openai/text-embedding-3-small: 8 tokens at $0.02', openaiModels['text-embedding-3-small'].price, { inputTokens: 8 }, 160],
  ['openai/text-embedding-3-large: batch: $0.065', openaiModels['text-embedding-3-large'].price, { inputTokens: 1003, serviceTier: 'batch' }, 65_195],
  ['openai/whisper-1: 90.5 seconds at $0.006 a minute', openaiModels['whisper-1'].price, { seconds: 90.5 }, 9_050_000],
  ['openai/gpt-4o-transcribe: audio $6, out $10', openaiModels['gpt-4o-transcribe'].price, { inputTokens: 514, audioInputTokens: 500, outputTokens: 120 }, 4_235_000],
  ['openai/tts-1: 4,096 characters at $15 a million', openaiModels['tts-1'].price, { characters: 4096 }, 61_440_000],
  ['openai/tts-1-hd: 11 characters at $30 a million', openaiModels['tts-1-hd'].price, { characters: 11 }, 330_000],
  ['openai/omni-moderation-latest: free of charge', openaiModels['omni-moderation-latest'].price, { inputTokens: 500 }, 0],
  ['dall-e-3: hd, tall: $0.12 an image', { image: { 'standard 1024x1024': 0.04, 'standard 1024x1792': 0.08, 'hd 1024x1024': 0.08, 'hd 1024x1792': 0.12 } }, { images: 2, imageKind: 'hd 1024x1792' }, 240_000_000],
  ['ft:gpt-4o-mini-2024-07-18:acme::abc: a fine-tune: $0.30, cached $0.15, out $1.20', { input: 0.3, cacheRead: 0.15, output: 1.2 }, { inputTokens: 1000, cachedInputTokens: 512, outputTokens: 100 }, 343_200],
  ['gpt-realtime: audio $32, cached $0.40, out $64; text $4, cached $0.40, out $16', { input: 4, cacheRead: 0.4, output: 16, audioInput: 32, audioCacheRead: 0.4, audioOutput: 64 }, { inputTokens: 1200, audioInputTokens: 900, cachedInputTokens: 500, cachedAudioInputTokens: 400, outputTokens: 220, audioOutputTokens: 200 }, 30_120_000],
  // Anthropic, platform.claude.com/docs/en/about-claude/pricing, 2026-10.
  ['anthropic/claude-sonnet-4-5: $3, read $0.30, written for 5 minutes $3.75, out $15', anthropicModels['claude-sonnet-4-5'].price, { inputTokens: 10_000, cachedInputTokens: 8000, cacheWriteTokens: 1500, outputTokens: 200 }, 12_525_000],
  ['anthropic/claude-sonnet-4-5: 1,000 of them written for an hour at $6', anthropicModels['claude-sonnet-4-5'].price, { inputTokens: 10_000, cachedInputTokens: 8000, cacheWriteTokens: 1500, cacheWriteHourTokens: 1000, outputTokens: 200 }, 14_775_000],
  ['anthropic/claude-opus-4-5: batch: half of $5, $6.25, $0.50 and $25', anthropicModels['claude-opus-4-5'].price, { inputTokens: 3001, cachedInputTokens: 1001, cacheWriteTokens: 1000, outputTokens: 77, serviceTier: 'batch' }, 6_837_750],
  ['anthropic/claude-haiku-4-5: $1, read $0.10, out $5', anthropicModels['claude-haiku-4-5'].price, { inputTokens: 1000, cachedInputTokens: 333, outputTokens: 7, serviceTier: 'standard' }, 735_300],
  ['anthropic/claude-opus-5-5: $4, read $0.20, written for an hour $8, out $20', anthropicModels['claude-opus-5-5'].price, { inputTokens: 9000, cachedInputTokens: 5000, cacheWriteTokens: 3000, cacheWriteHourTokens: 3000, outputTokens: 500 }, 39_000_000],
  ['anthropic/claude-fable-5-1: $10, read $0.25, written $12.50, out $50', anthropicModels['claude-fable-5-1'].price, { inputTokens: 9000, cachedInputTokens: 5001, cacheWriteTokens: 3000, outputTokens: 500 }, 73_740_250],
  ['anthropic/claude-sonnet-5: three searches at $10 a thousand', anthropicModels['claude-sonnet-5'].price, { inputTokens: 6039, outputTokens: 931, webSearches: 3 }, 51_388_000],
  ['anthropic/claude-sonnet-4-5: above 200K, as of 2025-09: $6, read $0.60, out $22.50', anthropicModels['claude-sonnet-4-5'].price, { inputTokens: 200_001, cachedInputTokens: 100_000, outputTokens: 1000 }, 682_506_000],
  // Google, ai.google.dev/gemini-api/docs/pricing, 2025-09; batch and flex: …/docs/optimization, 2026-05.
  ['google/gemini-2.5-pro: up to 200K: $1.25, out $10', googleModels['gemini-2.5-pro'].price, { inputTokens: 200_000, outputTokens: 2000 }, 270_000_000],
  ['google/gemini-2.5-pro: above 200K: $2.50, cached $0.25, out $15', googleModels['gemini-2.5-pro'].price, { inputTokens: 250_000, cachedInputTokens: 100_000, outputTokens: 2000 }, 430_000_000],
  ['google/gemini-2.5-pro: above 200K, batch: $1.25, out $7.50', googleModels['gemini-2.5-pro'].price, { inputTokens: 250_000, outputTokens: 2000, serviceTier: 'batch' }, 327_500_000],
  ['google/gemini-2.5-flash: text $0.30, audio $1, out $2.50', googleModels['gemini-2.5-flash'].price, { inputTokens: 1000, audioInputTokens: 640, outputTokens: 50 }, 873_000],
  ['google/gemini-2.5-flash: cached text $0.03, cached audio $0.10', googleModels['gemini-2.5-flash'].price, { inputTokens: 5000, cachedInputTokens: 4000, audioInputTokens: 3000, cachedAudioInputTokens: 2500, outputTokens: 50 }, 1_070_000],
  ['google/gemini-2.5-flash: flex: $0.15, out $1.25', googleModels['gemini-2.5-flash'].price, { inputTokens: 777, outputTokens: 333, serviceTier: 'flex' }, 532_800],
  ['google/gemini-2.5-flash-image: an image of 1,290 tokens at $30: $0.0387; text out $2.50', googleModels['gemini-2.5-flash-image'].price, { inputTokens: 12, outputTokens: 1310, imageOutputTokens: 1290 }, 38_753_600],
  ['google/gemini-3-pro-image-preview: an image of 1,120 tokens at $120: $0.1344; thinking $12', googleModels['gemini-3-pro-image-preview'].price, { inputTokens: 30, outputTokens: 1400, imageOutputTokens: 1120, reasoningTokens: 250 }, 137_820_000],
  ['google/imagen-4.0-generate-001: four images at $0.04', googleModels['imagen-4.0-generate-001'].price, { images: 4 }, 160_000_000],
  ['google/gemini-embedding-001: $0.15', googleModels['gemini-embedding-001'].price, { inputTokens: 2047 }, 307_050],
  // Perplexity, docs.perplexity.ai/getting-started/pricing, 2025-07: requests at $5 to $14 a thousand.
  ['perplexity/sonar: little context: $5 a thousand requests', perplexityModels['sonar'].price, { inputTokens: 10, outputTokens: 20, searchContext: 'low' }, 5_030_000],
  ['perplexity/sonar: much context: $12', perplexityModels['sonar'].price, { inputTokens: 10, outputTokens: 20, searchContext: 'high' }, 12_030_000],
  ['perplexity/sonar-pro: medium context: $10', perplexityModels['sonar-pro'].price, { inputTokens: 26, outputTokens: 832, searchContext: 'medium' }, 22_558_000],
  ['perplexity/sonar-reasoning-pro: nobody told how much: the dearest, $14', perplexityModels['sonar-reasoning-pro'].price, { inputTokens: 26, outputTokens: 832 }, 20_708_000],
  // xAI, docs.x.ai/docs/models, 2026-09: another price from 200K.
  ['xai/grok-4.5: $2, cached $0.30, out $6', xaiModels['grok-4.5'].price, { inputTokens: 199_999, cachedInputTokens: 100_000, outputTokens: 500, reasoningTokens: 400 }, 232_998_000],
  ['xai/grok-4.5: from 200K: $4, cached $0.60, out $12', xaiModels['grok-4.5'].price, { inputTokens: 200_000, cachedInputTokens: 100_000, outputTokens: 500 }, 466_000_000],
  // DeepSeek, api-docs.deepseek.com/quick_start/pricing, 2026-08: the peak hours. Groq, groq.com/pricing, 2026-09.
  ['deepseek/deepseek-v4-pro: $1.32, cached $0.044, out $3.96', deepseekModels['deepseek-v4-pro'].price, { inputTokens: 3, cachedInputTokens: 2, outputTokens: 1 }, 5_368],
  ['groq/openai/gpt-oss-20b: $0.075, cached $0.0375, out $0.30', groqModels['openai/gpt-oss-20b'].price, { inputTokens: 2, cachedInputTokens: 1, outputTokens: 1, serviceTier: 'on_demand' }, 413],
  ['groq/whisper-large-v3-turbo: 61.2 seconds at $0.04 an hour', groqModels['whisper-large-v3-turbo'].price, { seconds: 61.2 }, 680_000],
  // Mistral, mistral.ai/pricing, 2026-08. Moonshot, platform.moonshot.ai/docs/pricing, 2026-06.
  ['mistral/mistral-embed: $0.10', mistralModels['mistral-embed'].price, { inputTokens: 15 }, 1_500],
  ['mistral/voxtral-mini-2602: 125 seconds at $0.003 a minute', mistralModels['voxtral-mini-2602'].price, { seconds: 125 }, 6_250_000],
  ['mistral/mistral-small-2603: batch: half of $0.15 and $0.60', mistralModels['mistral-small-2603'].price, { inputTokens: 11, outputTokens: 3, serviceTier: 'batch' }, 1_725],
  ['mistral-ocr-2503: 12 pages at $1 a thousand', { page: 0.001 }, { pages: 12 }, 12_000_000],
  ['moonshot/kimi-k2.6: $0.95, cached $0.16, out $4', moonshotModels['kimi-k2.6'].price, { inputTokens: 12_345, cachedInputTokens: 2345, outputTokens: 678 }, 12_587_200],
  // Cohere, cohere.com/pricing, 2026-06. Voyage, docs.voyageai.com/docs/pricing, 2026-08.
  ['cohere/rerank-v3.5: three search units at $2 a thousand', cohereModels['rerank-v3.5'].price, { searchUnits: 3 }, 6_000_000],
  ['cohere/command-r7b-12-2024: $0.0375 and $0.15', cohereModels['command-r7b-12-2024'].price, { inputTokens: 101, outputTokens: 7 }, 4_838],
  ['cohere/embed-v4.0: text $0.12, pictures $0.47', cohereModels['embed-v4.0'].price, { inputTokens: 1100, imageInputTokens: 1000 }, 482_000],
  ['voyage/rerank-2.5: $0.05', voyageModels['rerank-2.5'].price, { inputTokens: 26 }, 1_300],
  ['voyage/voyage-4-large: $0.12', voyageModels['voyage-4-large'].price, { inputTokens: 33 }, 3_960],
  // Amazon, aws.amazon.com/bedrock/pricing, 2026-09: a tenth more in a region than anywhere.
  ['bedrock/anthropic.claude-haiku-4-5-20251001-v1:0: in a region: $1.10, read $0.11, out $5.50', bedrockModels['anthropic.claude-haiku-4-5-20251001-v1:0'].price, { inputTokens: 1000, cachedInputTokens: 333, outputTokens: 7 }, 808_830],
  ['bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0: anywhere: $1, read $0.10, out $5', bedrockModels['global.anthropic.claude-haiku-4-5-20251001-v1:0'].price, { inputTokens: 1000, cachedInputTokens: 333, outputTokens: 7 }, 735_300],
]

test.each(examples)('%s', (_, price, usage, nanoDollars) => {
  expect(price && costOf(price, usage)?.total).toBe(nanoDollars)
})

test('there are at least 60 of them, over all units and tiers', () => {
  expect(examples.length).toBeGreaterThanOrEqual(60)
  const components = new Set(examples.flatMap(([, price, usage]) => Object.keys((price && costOf(price, usage)) ?? {})))
  expect([...components].sort()).toEqual(
    ['total', 'input', 'cachedInput', 'cacheWrite', 'cacheWriteHour', 'output', 'reasoning', 'audioInput']
      .concat(['cachedAudioInput', 'audioOutput', 'imageInput', 'imageOutput', 'request', 'images', 'seconds'])
      .concat(['characters', 'searchUnits', 'pages', 'webSearches'])
      .sort(),
  )
})
