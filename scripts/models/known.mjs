/**
 * What the two sources do not know, from the providers' own pages. Goes over what they know.
 *
 * - OpenAI's pricing page (platform.openai.com/docs/pricing) of 2025-11 and 2026-10: service tiers, speech, transcription.
 *   Cached input of the older models has no price in a batch: it costs what input does. Fast mode is its name for priority.
 * - Perplexity's pricing page (docs.perplexity.ai/getting-started/pricing) of 2025-07: requests by the size of the search context.
 * - Gemini's pricing page (ai.google.dev/gemini-api/docs/pricing) of 2025-09 and its page on optimization of 2026-05: a
 *   batch and flex cost half; what is cached is not said to. Images of Imagen 4.
 * - Anthropic's pricing page (platform.claude.com/docs/en/about-claude/pricing) of 2026-10: half of all token prices in a batch.
 * - Cohere (cohere.com/pricing) of 2026-06: rerank by the search. Dimensions: docs.cohere.com/docs/cohere-embed.
 * - Voyage (docs.voyageai.com) of 2026-08: rerank, dimensions. Jina (jina.ai/embeddings) sells tokens by the pack, so a price is unknown.
 */

/** The facts of a model with what is known of it here. */
export function completed(provider, name, facts, price) {
  const { price: own, ...more } = known[provider]?.[name] ?? {}
  const { operation = facts.operation } = more
  const { output, ...withoutOutput } = price ?? {}
  // Embeddings and ranks are no tokens.
  const priced = operation === 'embeddings' || operation === 'rerank' ? withoutOutput : price
  const tiers = !operation && price && serviceTiers[provider]?.(price)
  const whole = { ...(/claude/.test(name) ? withHour(priced) : priced), ...(tiers && { serviceTiers: tiers }), ...own }
  const all = { ...facts, ...more, operation, price: Object.keys(whole).length > 0 ? whole : undefined }
  const fields = order.filter((field) => all[field] !== undefined && !(operation && forChat.includes(field)))
  return Object.fromEntries(fields.map((field) => [field, all[field]]))
}

/** Anthropic's caches of an hour cost twice the input to write, at whoever hosts its models. Sources leave it out. */
function withHour(price) {
  if (!price?.cacheWrite || price.cacheWriteHour) return price
  const { input, output, cacheRead, cacheWrite, tiers, ...others } = price
  const cacheWriteHour = Number((input * 2).toPrecision(9))
  return {
    ...defined({ input, output, cacheRead, cacheWrite }),
    cacheWriteHour,
    ...others,
    ...(tiers && { tiers: tiers.map(({ above, ...tier }) => ({ above, ...withHour(tier) })) }),
  }
}

const forChat = ['maxOutput', 'tools', 'reasoning', 'jsonSchema', 'temperature']

/** The order in which facts are written. */
const order = [
  ...['operation', 'context', 'maxInput', ...forChat, 'dimensions', 'input', 'output', 'price'],
  ...['released', 'knowledge', 'deprecated'],
]

/** How the tokens of a provider's chat models are billed in its service tiers, where that is the same for all. */
const serviceTiers = {
  anthropic: () => ({ batch: 0.5 }),
  google: (price) => ({ batch: half(price), flex: half(price) }),
  // console.groq.com/docs/batch and docs.mistral.ai/capabilities/batch, of 2026.
  groq: (price) => ({ batch: half(price) }),
  mistral: (price) => ({ batch: half(price) }),
}

/** Half for input and output; what is read from a cache costs what it always does. */
function half({ input, output, cacheRead, audioInput, imageOutput, tiers }) {
  const cut = (value) => value && Number((value / 2).toPrecision(9))
  return defined({
    input: cut(input),
    output: cut(output),
    cacheRead: cacheRead && Math.min(cacheRead, input),
    audioInput: cut(audioInput),
    imageOutput: cut(imageOutput),
    tiers: tiers?.map(({ above, ...tier }) => ({ above, ...half(tier) })),
  })
}

function defined(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const tokens = (input, output, cacheRead) => defined({ input, output, cacheRead })
const tiers = (priority, batch, flex) => ({ price: { serviceTiers: defined({ batch, flex, priority }) } })
const embeddings = (context, dimensions, input, more = {}) => ({
  operation: 'embeddings',
  ...defined({ context, dimensions }),
  ...(input && { price: { input, ...more } }),
})
const rerank = (context, price) => ({ operation: 'rerank', context, ...(price && { price }) })

/** By provider and model. Those that say their operation or their context are main models, beside the ones for chat. */
export const known = {
  openai: {
    'gpt-6-astra': tiers(2),
    'gpt-6-sol': tiers(2),
    'gpt-6-luna': tiers(2),
    'gpt-5.6-sol': tiers(2),
    'gpt-5.6-terra': tiers(2),
    'gpt-5.6-luna': tiers(2, tokens(0.1, 0.6), tokens(0.1, 0.6)),
    'gpt-5.5': tiers(2.5),
    'gpt-5.4': tiers(2),
    'gpt-5.4-mini': tiers(2, tokens(0.375, 2.25), tokens(0.375, 2.25)),
    'gpt-5.4-nano': tiers(undefined, tokens(0.1, 0.625), tokens(0.1, 0.625)),
    'gpt-5.2': tiers(2),
    'gpt-5.1': tiers(2, 0.5, 0.5),
    'gpt-5': tiers(2, 0.5, 0.5),
    'gpt-5-mini': tiers(1.8, 0.5, 0.5),
    'gpt-5-nano': tiers(undefined, 0.5, 0.5),
    'o4-mini': tiers(tokens(2, 8, 0.5), tokens(0.55, 2.2, 0.55), tokens(0.55, 2.2, 0.138)),
    o3: tiers(1.75, tokens(1, 4, 1), 0.5),
    'o3-mini': tiers(undefined, tokens(0.55, 2.2, 0.55)),
    o1: tiers(undefined, tokens(7.5, 30, 7.5)),
    'gpt-4.1': tiers(1.75, tokens(1, 4, 1)),
    'gpt-4.1-mini': tiers(1.75, tokens(0.2, 0.8, 0.2)),
    'gpt-4.1-nano': tiers(2, tokens(0.05, 0.2, 0.05)),
    'gpt-4o': tiers(1.7, tokens(1.25, 5, 1.25)),
    'gpt-4o-2024-05-13': tiers(1.75, 0.5),
    'gpt-4o-mini': tiers(tokens(0.25, 1, 0.125), tokens(0.075, 0.3, 0.075)),
    'text-embedding-3-small': embeddings(8191, 1536, 0.02, { serviceTiers: { batch: 0.5 } }),
    'text-embedding-3-large': embeddings(8191, 3072, 0.13, { serviceTiers: { batch: 0.5 } }),
    'text-embedding-ada-002': embeddings(8191, 1536, 0.1, { serviceTiers: { batch: 0.5 } }),
    'gpt-image-2': { operation: 'images', input: ['image'], output: ['image'] },
    'gpt-image-1.5': { operation: 'images', input: ['image'], output: ['image'] },
    'gpt-image-1': { operation: 'images', input: ['image'], output: ['image'] },
    'gpt-image-1-mini': { operation: 'images', input: ['image'], output: ['image'] },
    'gpt-4o-mini-tts': { operation: 'speech', output: ['audio'] },
    'tts-1': { operation: 'speech', output: ['audio'], price: { characters: 15 } },
    'tts-1-hd': { operation: 'speech', output: ['audio'], price: { characters: 30 } },
    'gpt-4o-transcribe': { operation: 'transcription', input: ['audio'] },
    'gpt-4o-mini-transcribe': { operation: 'transcription', input: ['audio'] },
    'gpt-4o-transcribe-diarize': {
      operation: 'transcription',
      input: ['audio'],
      price: { input: 2.5, output: 10, audioInput: 6 },
    },
    'whisper-1': { operation: 'transcription', input: ['audio'] },
    // "Free of charge."
    'omni-moderation-latest': { operation: 'moderation', input: ['image'], price: { input: 0 } },
    'gpt-audio': { context: 128000, maxOutput: 16384, tools: true, input: ['audio'], output: ['audio'] },
    'gpt-audio-mini': { context: 128000, maxOutput: 16384, tools: true, input: ['audio'], output: ['audio'] },
  },
  google: {
    'gemini-embedding-001': embeddings(2048, 3072, 0.15, { serviceTiers: { batch: 0.5 } }),
    // What video costs has no name here, so it is not said to take any.
    'gemini-embedding-2': {
      ...embeddings(8192, 3072, 0.2, { imageInput: 0.45, audioInput: 6.5 }),
      input: ['image', 'audio'],
    },
    'gemini-2.5-flash-image': { context: 32768 },
    'gemini-3-pro-image-preview': { context: 131072 },
    'gemini-3.1-flash-image-preview': { context: 65536 },
    'gemini-2.5-flash-preview-tts': { operation: 'speech' },
    'gemini-2.5-pro-preview-tts': { operation: 'speech' },
    'imagen-4.0-generate-001': { operation: 'images', context: 480, output: ['image'], price: { image: 0.04 } },
    'imagen-4.0-ultra-generate-001': { operation: 'images', context: 480, output: ['image'], price: { image: 0.06 } },
    'imagen-4.0-fast-generate-001': { operation: 'images', context: 480, output: ['image'], price: { image: 0.02 } },
  },
  groq: {
    'whisper-large-v3': { operation: 'transcription', input: ['audio'] },
    'whisper-large-v3-turbo': { operation: 'transcription', input: ['audio'] },
  },
  mistral: {
    'mistral-embed': embeddings(8192, 1024, 0.1),
    'codestral-embed': embeddings(8192, 3072, 0.15),
    'voxtral-mini-2602': { operation: 'transcription', input: ['audio'] },
    'mistral-moderation-latest': { operation: 'moderation', context: 8192 },
  },
  perplexity: {
    sonar: { price: { request: { low: 0.005, medium: 0.008, high: 0.012 } } },
    'sonar-pro': { price: { request: { low: 0.006, medium: 0.01, high: 0.014 } } },
    'sonar-reasoning-pro': { price: { request: { low: 0.006, medium: 0.01, high: 0.014 } } },
  },
  cohere: {
    'embed-v4.0': embeddings(128000, 1536, 0.12, { imageInput: 0.47 }),
    'embed-english-v3.0': embeddings(512, 1024, 0.1),
    'embed-multilingual-v3.0': embeddings(512, 1024, 0.1),
    'rerank-v4.0-pro': rerank(32768, { searchUnit: 0.0025 }),
    'rerank-v4.0-fast': rerank(32768, { searchUnit: 0.002 }),
    'rerank-v3.5': rerank(4096, { searchUnit: 0.002 }),
  },
  voyage: {
    'voyage-4-large': embeddings(32000, 2048, 0.12),
    'voyage-4': embeddings(32000, 2048, 0.06),
    'voyage-4-lite': embeddings(32000, 2048, 0.02),
    'voyage-3.5': embeddings(32000, 2048, 0.06),
    'voyage-3.5-lite': embeddings(32000, 2048, 0.02),
    'voyage-3-large': embeddings(32000, 2048, 0.18),
    'voyage-code-3': embeddings(32000, 2048, 0.18),
    'voyage-finance-2': embeddings(32000, 1024, 0.12),
    'voyage-law-2': embeddings(16000, 1024, 0.12),
    'rerank-2.5': rerank(32000, { input: 0.05 }),
    'rerank-2.5-lite': rerank(32000, { input: 0.02 }),
  },
  jina: {
    'jina-embeddings-v4': embeddings(32768, 2048),
    'jina-embeddings-v3': embeddings(8192, 1024),
    'jina-reranker-v3': rerank(131072),
    'jina-reranker-m0': rerank(10240),
    'jina-reranker-v2-base-multilingual': rerank(1024),
  },
  // "Free" at docs.z.ai/guides/overview/pricing and open.bigmodel.cn/pricing, of 2026.
  zai: { 'glm-4.7-flash': { price: { input: 0, output: 0 } }, 'glm-4.5-flash': { price: { input: 0, output: 0 } } },
  zhipuai: { 'glm-4.7-flash': { price: { input: 0, output: 0 } }, 'glm-4.5-flash': { price: { input: 0, output: 0 } } },
}
