import type { LengthTier, ModelFacts, Price, TokenPrice } from '../providers/provider.ts'

/** A model as models.dev describes it, as far as we read it. */
export interface ModelsDevModel {
  readonly limit?: { readonly context?: number; readonly input?: number; readonly output?: number }
  readonly modalities?: { readonly input?: readonly string[]; readonly output?: readonly string[] }
  readonly cost?: ModelsDevCost
  readonly tool_call?: boolean
  readonly reasoning?: boolean
  readonly structured_output?: boolean
  readonly temperature?: boolean
  readonly release_date?: string
  readonly knowledge?: string
  readonly status?: string
}

type Costs = Readonly<Partial<Record<keyof typeof costFields, number>>>
type ModelsDevCost = Costs & {
  readonly tiers?: readonly (Costs & { readonly tier: { readonly size: number } })[]
  readonly context_over_200k?: Costs
}

/** What models.dev says of a model, in our words. What it leaves open stays open. */
export function factsFrom(name: string, model: ModelsDevModel): ModelFacts {
  const { limit: { context, input, output } = {}, modalities: { input: takes = [], output: makes = [] } = {} } = model
  const operation = operationOf(name, takes, makes)
  const price = priceFrom(name, model.cost, operation)
  return {
    ...(operation && { operation }),
    ...(context && { context }),
    ...(input && context && input < context && { maxInput: input }),
    // Of embeddings it is the number of dimensions, or anything.
    ...(output && context && output <= context && !operation && { maxOutput: output }),
    ...(!operation && {
      ...(model.tool_call !== undefined && { tools: model.tool_call }),
      ...(model.reasoning !== undefined && { reasoning: model.reasoning }),
      ...(model.structured_output !== undefined && { jsonSchema: model.structured_output }),
      ...(model.temperature === false && { temperature: false }),
    }),
    ...(takes.some((kind) => kind in inputs) && { input: kindsOf(takes, inputs) }),
    ...(makes.some((kind) => kind in outputs) && { output: kindsOf(makes, outputs) }),
    ...(price && { price }),
    ...(model.release_date && { released: model.release_date }),
    ...(model.knowledge && { knowledge: model.knowledge }),
    ...(model.status === 'deprecated' && { deprecated: true }),
  }
}

/**
 * Reads a price of models.dev, undefined when it says none. It writes 0 for plans, trials and gaps too: only a name that says
 * `free` makes it a price.
 */
export function priceFrom(
  name: string,
  cost: ModelsDevCost | undefined,
  operation?: ModelFacts['operation'],
): Price | undefined {
  if (cost?.input === undefined || cost.output === undefined) return undefined
  if (!cost.input && !cost.output) return free.test(name) ? { input: 0, output: 0 } : undefined
  const { context_over_200k: long, tiers: written = long ? [{ ...long, tier: { size: 200_000 } }] : [] } = cost
  const tiers = written.map(
    ({ tier, ...values }): LengthTier => ({ above: tier.size, ...tokenPrice({ ...cost, ...values }, operation) }),
  )
  return { ...tokenPrice(cost, operation), ...(tiers.length > 0 && { tiers }) }
}

function tokenPrice(cost: Costs, operation: ModelFacts['operation']): TokenPrice {
  const price: { -readonly [Field in keyof TokenPrice]: TokenPrice[Field] } = {}
  for (const [name, field] of Object.entries(costFields)) {
    const value = cost[name as keyof Costs]
    // A zero beside a price is a gap. It may say of embeddings that they have no output.
    if (value) price[field] = Number(value.toPrecision(9))
  }
  // What is written costs what is stored on top of the input, where it costs less than the input.
  const { input, cacheWrite } = price
  if (input && cacheWrite && cacheWrite < input) price.cacheWrite = Number((input + cacheWrite).toPrecision(9))
  if (operation === 'embeddings' || operation === 'rerank') delete price.output
  return price
}

const costFields = {
  input: 'input',
  output: 'output',
  cache_read: 'cacheRead',
  cached_input: 'cacheRead',
  cache_input: 'cacheRead',
  cache_write: 'cacheWrite',
  cached_write: 'cacheWrite',
  reasoning: 'reasoning',
  input_audio: 'audioInput',
  output_audio: 'audioOutput',
} as const

const free = /[:/-]free$|^free$/

function operationOf(name: string, takes: readonly string[], makes: readonly string[]): ModelFacts['operation'] {
  if (/rerank/i.test(name)) return 'rerank'
  if (/embed|\b(?:bge|gte|e5)-|mini-?lm/i.test(name)) return 'embeddings'
  if (/moderation/i.test(name)) return 'moderation'
  const [made] = makes
  if (makes.length === 1 && made === 'image') return 'images'
  if (makes.length === 1 && made === 'audio' && !takes.includes('audio')) return 'speech'
  if (/whisper|transcribe/i.test(name) || (takes.join() === 'audio' && makes.join() === 'text')) return 'transcription'
  return undefined
}

const inputs: Readonly<Record<string, 'image' | 'audio' | 'video' | 'file'>> = {
  image: 'image',
  audio: 'audio',
  video: 'video',
  pdf: 'file',
}
const outputs: Readonly<Record<string, 'image' | 'audio' | 'video'>> = {
  image: 'image',
  audio: 'audio',
  video: 'video',
}

function kindsOf<Kind>(listed: readonly string[], kinds: Readonly<Record<string, Kind>>): readonly Kind[] {
  return Object.keys(kinds)
    .filter((kind) => listed.includes(kind))
    .map((kind) => kinds[kind] as Kind)
}
