import type { ChatRequest, Reasoning } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'
import { id, OptionsReader, own } from './provider-options.ts'
import type { ProviderOptions } from './specification.ts'
import { rename, snake } from './tools.ts'

type Said = { -readonly [Field in keyof ChatRequest]?: ChatRequest[Field] }

/** What the options of a request mean for the schema of its answer. */
export interface SchemaOptions {
  readonly strict: boolean
  /** The answer is JSON, and not held to a schema. */
  readonly loose: boolean
}

/**
 * Reads the options for OpenAI, Anthropic and Google: those that have a name here go by it, to whoever serves the call;
 * others go to that provider only, in its own words. All are kept for models of the AI SDK.
 */
export function decodeProviderFields(
  options: ProviderOptions | undefined,
  warn: (sentence: string) => void,
): { readonly fields: Said; readonly schema: SchemaOptions } {
  const reader = new OptionsReader(options)
  const fields: Said = {}
  const schema = {
    strict: reader.take<boolean>('openai', 'strictJsonSchema') ?? true,
    loose: reader.take<boolean>('google', 'structuredOutputs') === false,
  }
  for (const [provider, name, field] of named) {
    const value = reader.take(provider, name)
    if (value !== undefined && fields[field] === undefined) Object.assign(fields, { [field]: value })
  }
  const logprobs = reader.take<boolean | number>('openai', 'logprobs')
  if (logprobs !== undefined) fields.logprobs = logprobs !== false
  if (typeof logprobs === 'number') fields.topLogprobs = logprobs
  if (reader.take('anthropic', 'disableParallelToolUse')) fields.parallelToolCalls ??= false
  const metadata = reader.take<{ readonly userId?: string }>('anthropic', 'metadata')
  if (metadata?.userId !== undefined) fields.user ??= metadata.userId
  const modalities = reader.take<readonly string[]>('google', 'responseModalities')
  if (modalities)
    fields.modalities = modalities.map((word) => word.toLowerCase()) as NonNullable<ChatRequest['modalities']>

  const reasoning = decodeReasoning(reader)
  if (reasoning) fields.reasoning = reasoning
  const extensions = decodeExtensions(reader, options)
  if (extensions) fields.extensions = extensions
  for (const provider of ['openai', 'anthropic', 'google']) {
    for (const name of reader.left(provider)) {
      warn(`providerOptions.${provider}.${name} was left out: it has no name here.`)
    }
  }
  return { fields, schema }
}

/** Options that have a name here. */
const named: readonly (readonly [provider: string, option: string, field: keyof ChatRequest])[] = [
  ['openai', 'parallelToolCalls', 'parallelToolCalls'],
  ['openai', 'user', 'user'],
  ['openai', 'store', 'store'],
  ['openai', 'metadata', 'metadata'],
  ['openai', 'serviceTier', 'serviceTier'],
  ['openai', 'logitBias', 'logitBias'],
  ['openai', 'maxCompletionTokens', 'maxOutputTokens'],
  ['google', 'labels', 'metadata'],
  ['google', 'serviceTier', 'serviceTier'],
]

/** Options in a provider's own words, and where in its request they stand. */
const foreign: readonly (readonly [provider: string, option: string, dialect: string, path: string])[] = [
  ...['prediction', 'promptCacheKey', 'promptCacheRetention', 'safetyIdentifier'].map(
    (option) => ['openai', option, 'openai-chat', snake(option)] as const,
  ),
  ['openai', 'textVerbosity', 'openai-chat', 'verbosity'],
  ['openai', 'textVerbosity', 'openai-responses', 'text.verbosity'],
  ...[
    'promptCacheKey',
    'promptCacheRetention',
    'safetyIdentifier',
    'previousResponseId',
    'conversation',
    'instructions',
    'include',
    'truncation',
    'maxToolCalls',
  ].map((option) => ['openai', option, 'openai-responses', snake(option)] as const),
  ...['cacheControl', 'mcpServers', 'container', 'contextManagement', 'speed', 'inferenceGeo', 'fallbacks'].map(
    (option) => ['anthropic', option, 'anthropic-messages', snake(option)] as const,
  ),
  ['anthropic', 'taskBudget', 'anthropic-messages', 'output_config.task_budget'],
  ...['cachedContent', 'safetySettings'].map((option) => ['google', option, 'gemini', option] as const),
  ['google', 'retrievalConfig', 'gemini', 'toolConfig.retrievalConfig'],
  ...['audioTimestamp', 'mediaResolution', 'imageConfig', 'speechConfig'].map(
    (option) => ['google', option, 'gemini', `generationConfig.${option}`] as const,
  ),
]

function decodeExtensions(reader: OptionsReader, options: ProviderOptions | undefined): Extensions | undefined {
  const extensions: Record<string, Record<string, unknown>> = {}
  for (const [provider, option, dialect, path] of foreign) {
    const value = options?.[provider]?.[option]
    reader.take(provider, option)
    if (value === undefined || value === null) continue
    const [first = '', second] = path.split('.')
    // Google's fields are called here as there.
    const wire = provider === 'google' ? value : rename(value, snake)
    const node = (extensions[dialect] ??= {})
    node[first] = second === undefined ? wire : { ...(node[first] as object | undefined), [second]: wire }
  }
  const { [own]: _, ...others } = options ?? {}
  if (Object.keys(others).length > 0) extensions[id] = { providerOptions: others }
  return Object.keys(extensions).length > 0 ? extensions : undefined
}

/** Puts together how much each provider is to think: what is said first counts. */
function decodeReasoning(reader: OptionsReader): Reasoning | undefined {
  const reasoning: { -readonly [Field in keyof Reasoning]: Reasoning[Field] } = {}
  const extensions: Record<string, Record<string, unknown>> = {}
  const efforts: (Reasoning['effort'] | undefined)[] = [
    reader.take('openai', 'reasoningEffort'),
    reader.take('anthropic', 'effort'),
  ]
  const summary = reader.take<string>('openai', 'reasoningSummary')
  if (summary) reasoning.visible = true
  // `auto` is what it means to see them.
  if (summary && summary !== 'auto') extensions['openai-responses'] = { summary }
  const budgets: (number | undefined)[] = []
  const thinking = reader.take<{ type?: string; budgetTokens?: number; display?: string }>('anthropic', 'thinking')
  if (thinking) {
    if (thinking.type === 'disabled') efforts.push('none')
    budgets.push(thinking.budgetTokens)
    if (thinking.display) reasoning.visible ??= thinking.display !== 'omitted'
    if (thinking.type === 'adaptive' && !efforts.some(Boolean)) extensions['anthropic-messages'] = { type: 'adaptive' }
  }
  const config = reader.take<{ thinkingBudget?: number; thinkingLevel?: string; includeThoughts?: boolean }>(
    'google',
    'thinkingConfig',
  )
  if (config) {
    const { thinkingBudget: budget, thinkingLevel: level, includeThoughts: visible } = config
    if (budget === 0) efforts.push('none')
    // -1 lets the model choose.
    else if (budget !== undefined && budget < 0) extensions['gemini'] = { thinkingBudget: budget }
    else budgets.push(budget)
    efforts.push(level?.toLowerCase() as Reasoning['effort'])
    if (visible !== undefined) reasoning.visible ??= visible
  }
  const effort = efforts.find(Boolean)
  const budgetTokens = budgets.find((budget) => budget !== undefined)
  if (effort) reasoning.effort = effort
  if (budgetTokens !== undefined) reasoning.budgetTokens = budgetTokens
  if (Object.keys(extensions).length > 0) reasoning.extensions = extensions
  return Object.keys(reasoning).length > 0 ? reasoning : undefined
}
