import type { ChatRequest, HostedTool, Message, OutputFormat, Tool, ToolChoice } from '../../operations/chat/index.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import { check, checkContent, checkFields, type Fields, invalid, isObject } from './check.ts'
import { decodeContent, hasPlainCache } from './content.ts'
import { decodeMessage, encodeMessages, hasUnsignedTurn } from './messages.ts'
import { type AnthropicQuirks, type Habits, habitsOf } from './quirks.ts'
import { encodeSchema } from './schema.ts'
import { decodeThinking, encodeThinking } from './thinking.ts'
import {
  decodeCache,
  encodeCache,
  extensionsOf,
  id,
  own,
  type WireOutputConfig,
  type WireRequestBody,
  type WireTool,
  type WireToolChoice,
} from './wire.ts'

type Warn = (warning: string) => void

/** Writes a request for a provider. */
export function encodeRequest(request: ChatRequest, target: Target<AnthropicQuirks>): WireRequest {
  const warnings = new Set<string>()
  const warn: Warn = (warning) => warnings.add(warning)
  const habits = habitsOf(target)
  for (const [field, isSet] of unsayable)
    if (isSet(request)) warn(`"${field}" was left out: this API has no such field.`)

  const { system, messages } = encodeMessages(request.messages, habits, warn)
  const tools = encodeTools(request.tools, warn)
  const toolChoice = tools && encodeToolChoice(request.toolChoice, request.parallelToolCalls)
  const { thinking, effort } = encodeThinking(request.reasoning, {
    habits,
    maxTokens: request.maxOutputTokens,
    forcedTool: toolChoice?.type === 'any' || toolChoice?.type === 'tool',
    unsignedTurn: hasUnsignedTurn(messages),
    warn,
  })
  const format = encodeFormat(request.output, warn)
  const { output_config: config, metadata, ...rest } = own(request) as { output_config?: object; metadata?: object }
  const outputConfig = { ...config, ...(effort && { effort }), ...(format && { format }) }
  const stop = request.stop?.filter((sequence) => sequence.trim() !== '')
  if (stop?.length !== request.stop?.length) warn('Stop sequences of white space alone were left out.')

  const body: Record<string, unknown> = {
    model: target.model,
    max_tokens: request.maxOutputTokens ?? (target.quirks.defaultMaxTokens ?? 4096) + (thinking?.budget_tokens ?? 0),
    ...(system && { system }),
    messages,
    ...(tools && { tools }),
    ...(toolChoice && { tool_choice: toolChoice }),
    ...(thinking && { thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...encodeSampling(request, habits, thinking !== undefined && thinking.type !== 'disabled', warn),
    ...(stop?.length && { stop_sequences: stop }),
    ...((request.user !== undefined || metadata) && {
      metadata: { ...metadata, ...(request.user !== undefined && { user_id: request.user }) },
    }),
    ...encodeServiceTier(request.serviceTier, warn),
    ...(request.stream !== undefined && { stream: request.stream }),
    ...rest,
  }
  const betas = betasOf(body)
  return {
    path: '/messages',
    body,
    ...(betas.length > 0 && { headers: { 'anthropic-beta': betas.join(',') } }),
    ...(warnings.size > 0 && { warnings: [...warnings] }),
  }
}

/** Reads a request that an application wrote. */
export function decodeRequest(input: unknown, door: Door): ChatRequest {
  if (!isObject(input)) throw invalid('The body', 'a JSON object')
  const body = input as WireRequestBody
  check(body.model ?? door.model, 'model', 'string')
  checkFields(input, requestFields, '')
  if (!Array.isArray(body.messages)) throw invalid('messages', 'a list')
  const messages: Message[] = []
  if (body.system !== undefined && body.system !== null) checkContent(body.system, 'system')
  if (body.system?.length) {
    messages.push({ role: 'system', content: decodeContent(body.system) })
  }
  for (const [index, message] of body.messages.entries()) messages.push(decodeMessage(message, `messages.${index}`))
  const tools = decodeTools(body.tools)
  const reasoning = decodeThinking(body)
  const stop = body.stop_sequences ?? undefined
  if (stop !== undefined && !(Array.isArray(stop) && stop.every((word) => typeof word === 'string'))) {
    throw invalid('stop_sequences', 'a list of strings')
  }
  return {
    model: door.model ?? body.model!,
    messages,
    ...(tools && { tools }),
    ...decodeToolChoice(body.tool_choice),
    ...decodeFormat(body.output_config?.format, 'output_config.format'),
    ...(!body.output_config?.format && decodeFormat(body.output_format, 'output_format')),
    ...(reasoning && { reasoning }),
    ...defined('maxOutputTokens', body.max_tokens),
    ...defined('temperature', body.temperature),
    ...defined('topP', body.top_p),
    ...defined('topK', body.top_k),
    ...defined('stop', stop),
    ...defined('serviceTier', body.service_tier),
    ...defined('user', body.metadata?.user_id),
    ...defined('stream', door.stream ?? body.stream),
    ...decodeRest(input),
  }
}

const requestFields: Fields = {
  'max_tokens?': 'number',
  'temperature?': 'number',
  'top_p?': 'number',
  'top_k?': 'number',
  'stream?': 'boolean',
  'service_tier?': 'string',
  'metadata?': 'object',
  'thinking?': 'object',
  'tool_choice?': 'object',
  'output_config?': 'object',
  'output_format?': 'object',
}

const unsayable: readonly (readonly [string, (request: ChatRequest) => boolean])[] = [
  ['n', ({ n }) => n !== undefined && n > 1],
  ['seed', ({ seed }) => seed !== undefined],
  ['frequencyPenalty', ({ frequencyPenalty }) => !!frequencyPenalty],
  ['presencePenalty', ({ presencePenalty }) => !!presencePenalty],
  ['logitBias', ({ logitBias }) => logitBias !== undefined],
  ['logprobs', ({ logprobs, topLogprobs }) => !!logprobs || !!topLogprobs],
  ['metadata', ({ metadata }) => metadata !== undefined],
  ['store', ({ store }) => store === true],
  ['modalities', ({ modalities }) => !!modalities?.some((modality) => modality !== 'text')],
]

/** The headers that features need until they are generally available. */
const betas: Readonly<Record<string, string>> = {
  mcp_servers: 'mcp-client-2025-11-20',
  context_management: 'context-management-2025-06-27',
  compact_20260112: 'compact-2026-01-12',
  skills: 'skills-2025-10-02',
  fallbacks: 'server-side-fallback-2026-07-01',
  speed: 'fast-mode-2026-02-01',
  task_budget: 'task-budgets-2026-03-13',
  computer_20250124: 'computer-use-2025-01-24',
  computer_20251124: 'computer-use-2025-11-24',
  code_execution_20250522: 'code-execution-2025-05-22',
  advisor_20260301: 'advisor-tool-2026-03-01',
}

/** Features are named by fields, and by the types of tools and of edits to the context. */
function betasOf(body: Readonly<Record<string, unknown>>): readonly string[] {
  const keysOf = (node: unknown): string[] => (isObject(node) ? Object.keys(node) : [])
  const typesOf = (list: unknown): unknown[] => (Array.isArray(list) ? list.map((item) => item?.type) : [])
  const { container, output_config, context_management, tools } = body as {
    readonly [key in 'container' | 'output_config' | 'context_management' | 'tools']?: unknown
  }
  return [
    ...Object.keys(body),
    ...keysOf(container),
    ...keysOf(output_config),
    ...typesOf(tools),
    ...typesOf((context_management as { edits?: unknown } | null | undefined)?.edits),
  ].flatMap((feature) => betas[feature as string] ?? [])
}

function encodeTools(tools: ChatRequest['tools'], warn: Warn): readonly object[] | undefined {
  const encoded = tools?.flatMap((tool): object[] => {
    if (tool.type === 'function') return [encodeTool(tool)]
    if (tool.dialect === id) return [tool.value]
    warn(`A tool that ${tool.dialect} hosts was left out.`)
    return []
  })
  return encoded?.length ? encoded : undefined
}

function encodeTool(tool: Tool): object {
  const { name, description, parameters, strict } = tool
  const schema = parameters && strict ? encodeSchema(parameters) : parameters
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: schema?.['type'] === undefined ? { type: 'object', properties: {}, ...schema } : schema,
    ...(strict !== undefined && { strict }),
    ...encodeCache(tool),
    ...own(tool),
  }
}

function decodeTools(tools: unknown): readonly (Tool | HostedTool)[] | undefined {
  if (tools === undefined || tools === null) return undefined
  if (!Array.isArray(tools)) throw invalid('tools', 'a list')
  if (tools.length === 0) return undefined
  return tools.map((tool: unknown, index): Tool | HostedTool => {
    if (!isObject(tool)) throw invalid(`tools.${index}`, 'an object')
    const wire = tool as unknown as WireTool
    if (typeof wire.type === 'string' && wire.type !== 'custom') return { type: 'hosted', dialect: id, value: tool }
    check(wire.name, `tools.${index}.name`, 'string')
    check(wire.input_schema, `tools.${index}.input_schema`, 'object')
    return {
      type: 'function',
      name: wire.name,
      ...defined('description', wire.description),
      ...defined('parameters', wire.input_schema),
      ...defined('strict', wire.strict),
      ...decodeCache(wire),
      ...extensionsOf(tool, [
        ...['name', 'description', 'input_schema', 'strict'],
        ...(hasPlainCache(wire) ? ['cache_control'] : []),
      ]),
    }
  })
}

function encodeToolChoice(choice: ToolChoice | undefined, parallel: boolean | undefined): WireToolChoice | undefined {
  if (choice === 'none') return { type: 'none' }
  if (choice === undefined && parallel !== false) return undefined
  const disable = parallel === undefined ? undefined : { disable_parallel_tool_use: !parallel }
  if (typeof choice === 'object') return { type: 'tool', name: choice.tool, ...disable }
  return { type: choice === 'required' ? 'any' : 'auto', ...disable }
}

function decodeToolChoice(
  choice: WireToolChoice | null | undefined,
): Pick<ChatRequest, 'toolChoice' | 'parallelToolCalls'> | undefined {
  if (!choice) return undefined
  const words: Readonly<Record<string, ToolChoice>> = { auto: 'auto', any: 'required', none: 'none' }
  const toolChoice = choice.type === 'tool' ? { tool: choice.name ?? '' } : words[choice.type]
  if (!toolChoice) throw invalid('tool_choice.type', 'one of "auto", "any", "tool", "none"')
  const { disable_parallel_tool_use: disable } = choice
  return { toolChoice, ...(typeof disable === 'boolean' && { parallelToolCalls: !disable }) }
}

function encodeFormat(output: OutputFormat | undefined, warn: Warn): object | undefined {
  if (output?.type === 'json') warn('"output" of type json was left out: this API takes JSON only with a schema.')
  if (output?.type !== 'json-schema') return undefined
  return { type: 'json_schema', schema: encodeSchema(output.schema), ...own(output) }
}

function decodeFormat(format: WireOutputConfig['format'], field: string): Pick<ChatRequest, 'output'> | undefined {
  if (!format) return undefined
  check(format.schema, `${field}.schema`, 'object')
  return { output: { type: 'json-schema', schema: format.schema, ...extensionsOf(format, ['type', 'schema']) } }
}

function encodeSampling(request: ChatRequest, { sampling }: Habits, thinks: boolean, warn: Warn): object {
  let { temperature, topP, topK } = request
  if (temperature !== undefined && temperature > 1) {
    temperature = 1
    warn('"temperature" was lowered to 1, the highest here.')
  }
  if (sampling === 'none' || thinks) {
    const keepsTopP = sampling !== 'none' && topP !== undefined && topP >= 0.95
    if ((temperature ?? 1) !== 1 || topK !== undefined || (topP !== undefined && !keepsTopP && topP !== 1)) {
      warn(`Sampling parameters were left out: this model does not take them${thinks ? ' while it thinks' : ''}.`)
    }
    if (sampling === 'none' || (temperature ?? 1) !== 1) temperature = undefined
    if (!keepsTopP) topP = undefined
    topK = undefined
  }
  if (sampling !== 'free' && temperature !== undefined && topP !== undefined) {
    if (topP !== 1) warn('"topP" was left out: this model does not take it together with "temperature".')
    topP = undefined
  }
  return { ...defined('temperature', temperature), ...defined('top_p', topP), ...defined('top_k', topK) }
}

const serviceTiers: Readonly<Record<string, string>> = {
  auto: 'auto',
  priority: 'auto',
  default: 'standard_only',
  standard_only: 'standard_only',
}

function encodeServiceTier(tier: string | undefined, warn: Warn): { service_tier: string } | undefined {
  if (tier === undefined) return undefined
  const word = serviceTiers[tier]
  if (word === undefined) warn('"serviceTier" was left out: this API has no such tier.')
  return word === undefined ? undefined : { service_tier: word }
}

const namedFields = [
  ...['model', 'messages', 'system', 'max_tokens', 'tools', 'tool_choice', 'thinking', 'output_format', 'stream'],
  ...['temperature', 'top_p', 'top_k', 'stop_sequences', 'service_tier', 'output_config', 'metadata'],
]

/** Keeps the fields of a request that have no normalised name, those inside `output_config` and `metadata` too. */
function decodeRest(input: Readonly<Record<string, unknown>>): Pick<ChatRequest, 'extensions'> {
  const rest: Record<string, unknown> = { ...extensionsOf(input, namedFields)?.extensions[id] }
  const config = extensionsOf((input['output_config'] as object | undefined) ?? {}, ['format', 'effort'])
  const metadata = extensionsOf((input['metadata'] as object | undefined) ?? {}, ['user_id'])
  if (config) rest['output_config'] = config.extensions[id]
  if (metadata) rest['metadata'] = metadata.extensions[id]
  return Object.keys(rest).length > 0 ? { extensions: { [id]: rest } } : {}
}

/** One field, unless its value is null or undefined. */
function defined<Key extends string, Value>(key: Key, value: Value | null | undefined): { [K in Key]?: Value } {
  return (value === undefined || value === null ? {} : { [key]: value }) as { [K in Key]?: Value }
}
