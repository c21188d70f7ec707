import type { ChatRequest, HostedTool, OutputFormat, Reasoning, Tool, ToolChoice } from '../../operations/chat/index.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import { type Fields, invalid, isFields } from '../fields.ts'
import { decodeMessage, encodeMessages } from './message.ts'
import { cacheControl } from './part.ts'
import type { OpenAIChatQuirks } from './quirks.ts'
import {
  type Draft,
  decodeKind,
  decodeNode,
  dialectId,
  type Encoder,
  encodeNode,
  type Kinds,
  known,
  mustBe,
  type Table,
} from './table.ts'

/** Writes a request for a provider. */
export function encodeRequest(request: ChatRequest, { model, quirks }: Target<OpenAIChatQuirks>): WireRequest {
  const warnings: string[] = []
  function warn(text: string): void {
    if (!warnings.includes(text)) warnings.push(text)
  }
  function omit(field: string): void {
    warn(`\`${field}\` was left out: the provider does not take it.`)
  }
  const encoder: Encoder = { quirks, warn, omit }
  const body = encodeNode(
    request,
    requestTable,
    { model, messages: encodeMessages(request.messages, encoder) },
    encoder,
  )
  // Without tools, OpenAI refuses a choice among them.
  if (request.tools?.length && !body['tools'])
    for (const name of ['tool_choice', 'parallel_tool_calls']) delete body[name]
  if (request.reasoning) Object.assign(body, encodeReasoning(request.reasoning, encoder))
  if (request.stream && quirks.streamOptions !== false) {
    body['stream_options'] = { ...(body['stream_options'] as Fields | undefined), include_usage: true }
  } else if (body['stream_options'] !== undefined) delete body['stream_options']
  for (const name of [quirks.topK ? '' : 'top_k', ...(quirks.unsupported ?? [])]) {
    if (body[name] === undefined) continue
    delete body[name]
    const row = requestTable[name]
    omit(typeof row === 'object' ? String(row[0]) : name)
  }
  for (const name in quirks.rename) {
    if (body[name] === undefined) continue
    body[quirks.rename[name]!] = body[name]
    delete body[name]
  }
  const patched = quirks.patch ? quirks.patch(body, warn) : body
  return {
    path: '/chat/completions',
    body: patched,
    warnings: warnings.length > 0 ? warnings : undefined,
  }
}

/** Reads a request of an application. Throws `invalid_request`, naming the field. */
export function decodeRequest(body: unknown, door: Door): ChatRequest {
  if (!isFields(body)) throw invalid('the body', 'a JSON object')
  const { messages } = body
  const model = door.model ?? body['model']
  if (typeof model !== 'string' || model === '') throw mustBe('model', 'the name of a model')
  if (!Array.isArray(messages)) throw mustBe('messages', 'a list of messages')
  const request = { model, messages: messages.map((message, index) => decodeMessage(message, `messages[${index}]`)) }
  return decodeNode(body, requestTable, request, '')
}

const toolKinds: Kinds = {
  function: [
    'function',
    {
      type: known,
      cache_control: cacheControl,
      function: [{ name: 'string', description: 'string', parameters: 'object', strict: 'boolean' }],
    },
    'name',
    'a function with a `name`',
  ],
}

const outputKinds: Kinds = {
  text: ['text', { type: known }],
  json_object: ['json', { type: known }],
  json_schema: [
    'json-schema',
    { type: known, json_schema: [{ name: 'string', description: 'string', schema: 'object', strict: 'boolean' }] },
    'schema',
    'an object with a `schema`',
  ],
}

const reasoningTable: Table = {
  effort: ['effort', decodeEffort],
  max_tokens: ['budgetTokens', 'number'],
  exclude: ['visible', not, not],
}

const requestTable: Table = {
  model: known,
  messages: known,
  stream: 'boolean',
  max_tokens: ['maxOutputTokens', 'number', unsaid],
  max_completion_tokens: ['maxOutputTokens', 'number'],
  temperature: 'number',
  top_p: ['topP', 'number'],
  top_k: ['topK', 'number'],
  seed: 'number',
  // Mistral's name.
  random_seed: ['seed', 'number', unsaid],
  frequency_penalty: ['frequencyPenalty', 'number'],
  presence_penalty: ['presencePenalty', 'number'],
  logit_bias: ['logitBias', 'object'],
  logprobs: 'boolean',
  top_logprobs: ['topLogprobs', 'number'],
  n: 'number',
  service_tier: ['serviceTier', 'string'],
  user: 'string',
  metadata: 'object',
  store: 'boolean',
  modalities: 'list',
  parallel_tool_calls: ['parallelToolCalls', 'boolean'],
  stop: ['stop', decodeStop],
  tools: ['tools', decodeTools, encodeTools],
  tool_choice: ['toolChoice', decodeToolChoice, encodeToolChoice],
  response_format: ['output', (format, _, place) => decodeKind(format as Fields, outputKinds, place), encodeOutput],
  reasoning_effort: ['reasoning', (effort) => decodeEffort(effort) && { effort }, unsaid],
  reasoning: ['reasoning', (wire) => (isFields(wire) ? decodeNode(wire, reasoningTable, {}) : undefined), unsaid],
}

function unsaid(): undefined {}

function not(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? !value : undefined
}

function decodeStop(stop: unknown): readonly string[] {
  const list = typeof stop === 'string' ? [stop] : stop
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  throw mustBe('stop', 'a string or a list of strings')
}

function decodeTools(tools: unknown): readonly unknown[] {
  if (!Array.isArray(tools)) throw mustBe('tools', 'a list of tools')
  return tools.map((tool, index) => {
    if (!isFields(tool)) throw mustBe(`tools[${index}]`, 'a tool')
    // Some applications leave out the type, for long there was only one.
    const wire = tool['type'] === undefined && tool['function'] ? { ...tool, type: 'function' } : tool
    return decodeKind(wire, toolKinds, `tools[${index}]`) ?? { type: 'hosted', dialect: dialectId, value: tool }
  })
}

/** Undefined where none is left. */
function encodeTools(tools: readonly (Tool | HostedTool)[], encoder: Encoder): Fields[] | undefined {
  const encoded: Fields[] = []
  for (const tool of tools) {
    if (tool.type === 'function') encoded.push(encodeNode(tool, toolKinds[tool.type]![1], { type: tool.type }, encoder))
    else if (tool.dialect === dialectId) encoded.push(tool.value)
    else encoder.omit(`tools.${tool.dialect}`)
  }
  return encoded.length < tools.length && encoded.length === 0 ? undefined : encoded
}

/** Undefined for what has no name of ours, such as a list of allowed tools: it stays as it is. */
function decodeToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (choice === 'any') return 'required'
  const { name } = ((choice as Fields)['function'] ?? {}) as { name?: unknown }
  return typeof name === 'string' ? { tool: name } : undefined
}

function encodeToolChoice(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.tool } }
}

function encodeOutput(output: OutputFormat): Fields {
  const type = output.type === 'json' ? 'json_object' : output.type.replace('-', '_')
  const wire = encodeNode(output, outputKinds[type]![1], { type })
  // OpenAI asks for a name.
  if (output.type === 'json-schema') (wire[type] as Draft)['name'] ??= 'response'
  return wire
}

const efforts: readonly unknown[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

function decodeEffort(word: unknown): unknown {
  return efforts.includes(word) ? word : undefined
}

function encodeReasoning(reasoning: Reasoning, { quirks, warn, omit }: Encoder): Fields {
  const { budgetTokens: budget, visible } = reasoning
  let { effort } = reasoning
  if (quirks.reasoningRequest === 'reasoning') return { reasoning: encodeNode(reasoning, reasoningTable, {}) }
  if (visible !== undefined) omit('reasoning.visible')
  if (!effort && budget !== undefined) {
    warn('`reasoning.budgetTokens` went out as an effort in words.')
    effort = budget <= 0 ? 'none' : budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high'
  }
  if (!effort) return {}
  if (quirks.reasoningRequest !== 'thinking') return { reasoning_effort: effort }
  return effort === 'none'
    ? { thinking: { type: 'disabled' } }
    : { thinking: { type: 'enabled' }, reasoning_effort: effort }
}
