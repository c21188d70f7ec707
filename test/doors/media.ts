import { createGateway, type Gateway, type GatewayOptions, ordered } from '../../src/index.ts'
import { google } from '../../src/providers/google.ts'
import { groq } from '../../src/providers/hosts.ts'
import { openai } from '../../src/providers/openai.ts'
import { type ModelFacts, type Price, provider } from '../../src/providers/provider.ts'
import type { SimulatedPrice } from '../../src/testing/index.ts'
import { createWorld, type World } from '../world.ts'

/** What models cost, in the words of the library and in the simulator's. */
const prices: Record<string, readonly [Price, SimulatedPrice]> = {
  'gpt-image-1': [
    { input: 5, output: 40 },
    { input: 5, output: 40 },
  ],
  'dall-e-3': [{ image: { 'standard 1024x1024': 0.04, 'hd 1024x1024': 0.08 } }, { input: 0, output: 0, image: 0.04 }],
  'gpt-4o-mini-tts': [
    { input: 0.6, output: 12 },
    { input: 0.6, output: 12 },
  ],
  'tts-1': [{ characters: 15 }, { input: 0, output: 0, characters: 15 }],
  'whisper-1': [{ hour: 0.36 }, { input: 0, output: 0, hour: 0.36 }],
  'gpt-4o-transcribe': [
    { input: 2.5, output: 10 },
    { input: 2.5, output: 10 },
  ],
}

const models: Record<string, ModelFacts> = Object.fromEntries(
  Object.entries(prices).map(([name, [price]]) => [name, { price }]),
)

export function worldWith(): World {
  return createWorld({
    env: { OPENAI_API_KEY: 'sk-openai', GEMINI_API_KEY: 'sk-google', GROQ_API_KEY: 'sk-groq' },
    prices: Object.fromEntries(Object.entries(prices).map(([name, [, simulated]]) => [name, simulated])),
  })
}

export function gatewayIn(world: World, options: Partial<GatewayOptions<never, never>> = {}): Gateway {
  return createGateway({
    providers: [provider(openai, { models }), google, groq],
    models: {
      painter: ['openai/gpt-image-1', 'google/gemini-3-pro-image'],
      voice: ['openai/tts-1', 'google/gemini-2.5-flash-preview-tts'],
      ear: ['openai/whisper-1', 'groq/whisper-large-v3'],
    },
    routing: ordered(),
    retry: { limit: 0 },
    runtime: world.runtime,
    ...options,
  } as never) as unknown as Gateway
}
