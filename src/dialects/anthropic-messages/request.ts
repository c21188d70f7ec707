import { GatewayError } from '../../errors.ts'
import type {
  ChatRequest,
  HostedTool,
  Message,
  OutputFormat,
  Part,
  Tool,
  ToolChoice,
} from '../../operations/chat/index.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import {
  decodeBlock,
  decodeContent,
  encodeCitation,
  encodeMedia,
  encodeOptions,
  encodeText,
  encodeToolCall,
  hasPlainCache,
} from './content.ts'
import { type AnthropicQuirks, type Habits, habitsOf } from './quirks.ts'
import { encodeSchema } from './schema.ts'
import { decodeThinking, encodeThinking } from './thinking.ts'
import {
  type Block,
  decodeCache,
  encodeCache,
  extensionsOf,
  id,
  own,
  type WireMessage,
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
  const stop = body.stop_sequences
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

/** What a feature needs to be sent along, until it is generally available. */
const betas: readonly (readonly [RegExp, string])[] = [
  [/^mcp_servers$/, 'mcp-client-2025-11-20'],
  [/^context_management$/, 'context-management-2025-06-27'],
  [/^edits\.compact_/, 'compact-2026-01-12'],
  [/^skills$/, 'skills-2025-10-02'],
  [/^fallbacks$/, 'server-side-fallback-2026-07-01'],
  [/^speed$/, 'fast-mode-2026-02-01'],
  [/^task_budget$/, 'task-budgets-2026-03-13'],
  [/^tools\.computer_20250124$/, 'computer-use-2025-01-24'],
  [/^tools\.computer_20251124$/, 'computer-use-2025-11-24'],
  [/^tools\.code_execution_20250522$/, 'code-execution-2025-05-22'],
  [/^tools\.advisor_/, 'advisor-tool-2026-03-01'],
]

function betasOf(body: Readonly<Record<string, unknown>>): readonly string[] {
  const typesOf = (list: unknown, prefix: string): string[] =>
    Array.isArray(list) ? list.map((item: { type?: unknown }) => `${prefix}.${item.type}`) : []
  const keysOf = (node: unknown): string[] => (isObject(node) ? Object.keys(node) : [])
  const features = [
    ...Object.keys(body),
    ...keysOf(body['container']),
    ...keysOf(body['output_config']),
    ...typesOf(body['tools'], 'tools'),
    ...typesOf((body['context_management'] as { edits?: unknown } | undefined)?.edits, 'edits'),
  ]
  return betas.filter(([feature]) => features.some((name) => feature.test(name))).map(([, beta]) => beta)
}

/**
 * Messages as Anthropic wants them: system apart, user and assistant in turn, the results of tools first.
 *
 * A system message in the middle keeps its place, for what it says counts from there on: as a system message where the
 * model takes one (after a user's turn, before the model's), as text of the user's turn otherwise.
 */
function encodeMessages(
  input: readonly Message[],
  habits: Habits,
  warn: Warn,
): { system: string | Block[] | undefined; messages: WireMessage[] } {
  const system: Block[] = []
  const turns: { role: WireMessage['role']; content: Block[]; rest: object }[] = []
  for (const [index, message] of input.entries()) {
    if (message.name !== undefined) warn('The names of messages were left out: this API has no such field.')
    let blocks = message.content.flatMap((part) => encodePart(part, message.role, warn) ?? [])
    let role: WireMessage['role'] = message.role === 'assistant' ? 'assistant' : 'user'
    if (isSystem(message)) {
      if (turns.length === 0) {
        system.push(...blocks)
        continue
      }
      const next = input.slice(index).find((later) => !isSystem(later))
      const last = turns.at(-1)?.role
      if (habits.systemAnywhere && last !== 'assistant' && (!next || next.role === 'assistant')) role = 'system'
      else {
        warn('A system message in the middle of the conversation was sent as the user’s words.')
        blocks = blocks.map((block) =>
          block.type === 'text' ? { ...block, text: `<system>\n${block.text}\n</system>` } : block,
        )
      }
    }
    if (blocks.length === 0) continue
    const last = turns.at(-1)
    if (last?.role === role) {
      last.content.push(...blocks)
      Object.assign(last.rest, own(message))
    } else turns.push({ role, content: blocks, rest: { ...own(message) } })
  }
  trimEnd(turns.at(-1))
  return {
    system: system.length > 0 ? compact(system) : undefined,
    messages: turns.map(({ role, content, rest }) => ({ role, content: compact(resultsFirst(content)), ...rest })),
  }
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

function encodePart(part: Part, role: Message['role'], warn: Warn): Block | undefined {
  switch (part.type) {
    case 'text':
      // An empty text is an error; other formats have one beside every tool call.
      return part.text.trim() === ''
        ? undefined
        : encodeText(
            part,
            part.citations?.flatMap((citation) => encodeCitation(citation) ?? []),
          )
    case 'refusal':
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text }
    case 'reasoning': {
      // Thoughts without a signature of this dialect are refused.
      if (part.signature?.origin !== id || role !== 'assistant') return undefined
      const { value, encrypted } = part.signature
      return encrypted
        ? { type: 'redacted_thinking', data: value, ...own(part) }
        : { type: 'thinking', thinking: part.text, signature: value, ...own(part) }
    }
    case 'tool-call':
      return { ...encodeToolCall(part), id: encodeId(part.id) }
    case 'tool-result':
      return {
        type: 'tool_result',
        tool_use_id: encodeId(part.id),
        ...(part.content.length > 0 && {
          content:
            typeof part.content === 'string'
              ? part.content
              : part.content.flatMap((inner) => encodePart(inner, 'user', warn) ?? []),
        }),
        ...(part.isError !== undefined && { is_error: part.isError }),
        ...encodeOptions(part),
      }
    case 'extension':
      if (part.dialect === id) return part.value as Block
      warn(`A part that only ${part.dialect} can say was left out.`)
      return undefined
    default: {
      const block = role === 'assistant' ? undefined : encodeMedia(part)
      if (!block)
        warn(`A part of type "${part.type}" was left out: this API does not take it here, or not in this form.`)
      return block
    }
  }
}

/** Other makers' ids may hold characters that Anthropic refuses. */
function encodeId(id: string): string {
  return /^[\w-]+$/.test(id) ? id : id.replace(/[^\w-]/g, '_') || 'call'
}

function resultsFirst(content: Block[]): Block[] {
  const firstOther = content.findIndex(({ type }) => type !== 'tool_result')
  if (firstOther === -1 || !content.some(({ type }, index) => type === 'tool_result' && index > firstOther))
    return content
  const isResult = ({ type }: Block): boolean => type === 'tool_result'
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))]
}

/** The beginning of an answer that the model is to continue must not end in white space. */
function trimEnd(turn: { role: string; content: Block[] } | undefined): void {
  const last = turn?.content.at(-1)
  if (turn?.role === 'assistant' && last?.type === 'text') {
    turn.content[turn.content.length - 1] = { ...last, text: last.text?.trimEnd() }
  }
}

function compact(content: Block[]): string | Block[] {
  const [only] = content
  return content.length === 1 && only?.type === 'text' && Object.keys(only).length === 2 ? only.text! : content
}

/**
 * Whether a turn with tools is in progress whose first answer does not begin with a thought. Where thinking counts
 * tokens Anthropic refuses to go on thinking then; adaptive thinking does not mind.
 */
function hasUnsignedTurn(messages: readonly WireMessage[]): boolean {
  let index = messages.length - 1
  if (!hasBlock(messages[index], 'tool_result')) return false
  while (index >= 3 && hasBlock(messages[index - 2], 'tool_result')) index -= 2
  const answer = messages[index - 1]?.content[0]
  return !(typeof answer === 'object' && /^(redacted_)?thinking$/.test(answer.type))
}

function hasBlock(message: WireMessage | undefined, type: string): boolean {
  return typeof message?.content === 'object' && message.content.some((block) => block.type === type)
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

function decodeMessage(message: unknown, field: string): Message {
  if (!isObject(message)) throw invalid(field, 'an object')
  const { role, content } = message as unknown as WireMessage
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalid(`${field}.role`, '"user", "assistant" or "system"')
  }
  checkContent(content, `${field}.content`)
  return { role, content: decodeTurn(content), ...extensionsOf(message, ['role', 'content']) }
}

/** A foreign proof that was handed to the application behind a part comes back to that part. */
function decodeTurn(content: string | readonly Block[]): readonly Part[] {
  if (typeof content === 'string') return decodeContent(content)
  const parts: Part[] = []
  for (const block of content) {
    const part = decodeBlock(block)
    const last = parts.at(-1)
    const strays = block.type === 'redacted_thinking' && part.type === 'reasoning' && !part.signature?.encrypted
    if (strays && last) parts[parts.length - 1] = { ...last, signature: part.signature } as Part
    else if (!strays) parts.push(part)
  }
  return parts
}

type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'list of objects'
type Fields = Readonly<Record<string, FieldType>>

/** The fields of blocks of a known type; those with a question mark may be missing or null. */
const blockFields: Readonly<Record<string, Fields>> = {
  text: { text: 'string', 'citations?': 'list of objects' },
  thinking: { thinking: 'string', 'signature?': 'string' },
  redacted_thinking: { data: 'string' },
  tool_use: { id: 'string', name: 'string' },
  tool_result: { tool_use_id: 'string' },
  image: { source: 'object' },
  document: { source: 'object' },
}

const sourceFields: Readonly<Record<string, Fields>> = {
  base64: { media_type: 'string', data: 'string' },
  url: { url: 'string' },
  file: { file_id: 'string' },
  text: { data: 'string' },
}

function checkContent(content: unknown, field: string): asserts content is string | Block[] {
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw invalid(field, 'a string or a list')
  for (const [index, block] of content.entries()) {
    const at = `${field}.${index}`
    check(block, at, 'object')
    check(block.type, `${at}.type`, 'string')
    checkFields(block, blockFields[block.type], at)
    if (block.type === 'tool_result') {
      if (block.content !== undefined && block.content !== null) checkContent(block.content, `${at}.content`)
    } else if (block.source) checkFields(block.source, sourceFields[block.source.type], `${at}.source`)
  }
}

function checkFields(node: Readonly<Record<string, unknown>>, fields: Fields | undefined, at: string): void {
  for (const key in fields) {
    const name = key.replace('?', '')
    if (name === key || (node[name] !== undefined && node[name] !== null))
      check(node[name], at ? `${at}.${name}` : name, fields[key]!)
  }
}

function check(value: unknown, field: string, type: FieldType): void {
  const fits =
    type === 'object'
      ? isObject(value)
      : type === 'list of objects'
        ? Array.isArray(value) && value.every(isObject)
        : typeof value === type
  if (!fits) throw invalid(field, type === 'object' ? 'an object' : `a ${type}`)
}

function invalid(field: string, expected: string): GatewayError {
  return new GatewayError('invalid_request', `${field} must be ${expected}.`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One field, unless its value is null or undefined. */
function defined<Key extends string, Value>(key: Key, value: Value | null | undefined): { [K in Key]?: Value } {
  return (value === undefined || value === null ? {} : { [key]: value }) as { [K in Key]?: Value }
}
