import type { ChatRequest, HostedTool, OutputFormat, Tool, ToolChoice } from '../../operations/chat/index.ts'
import { takesBothSamplings, takesSampling } from '../claude.ts'
import { encodeSchema } from '../closed-schema.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import { check, compact, invalid, isFields, type Shape } from '../fields.ts'
import { type LeaveOut, LeftOut, leaveOutFields } from '../left-out.ts'
import { betasOf } from './betas.ts'
import { decodeContent } from './content.ts'
import { decodeMessage, encodeMessages } from './messages.ts'
import { type AnthropicQuirks, generationOf } from './quirks.ts'
import { decodeThinking, encodeThinking } from './thinking.ts'
import {
  cache_control,
  id,
  own,
  readRest,
  type WireOutputConfig,
  type WireRequestBody,
  type WireTool,
  type WireToolChoice,
  writeRest,
} from './wire.ts'

/** Writes a request for a provider. */
export function encodeRequest(request: ChatRequest, target: Target<AnthropicQuirks>): WireRequest {
  const { output, serviceTier, stop, user } = request
  const leftOut = new LeftOut()
  const { leaveOut } = leftOut
  leaveOutFields(request, unsayable, leaveOut)
  const generation = generationOf(target)
  const { system, messages } = encodeMessages(request.messages, generation, leaveOut)
  const tools = filled(request.tools?.flatMap((tool) => encodeTool(tool, leaveOut)))
  const sequences = stop?.filter((sequence) => sequence.trim() !== '')
  if (sequences?.length !== stop?.length) leaveOut('A stop sequence of white space')
  const service_tier = serviceTiers[serviceTier!]
  if (serviceTier !== undefined && !service_tier) leaveOut('`serviceTier`')
  if (output?.type === 'json') leaveOut('`output`', 'give it a schema')
  const body: WireRequestBody = {
    model: target.model,
    max_tokens: request.maxOutputTokens,
    system,
    messages,
    tools,
    tool_choice: tools && encodeToolChoice(request),
    temperature: request.temperature,
    top_p: request.topP,
    top_k: request.topK,
    stop_sequences: filled(sequences),
    metadata: user === undefined ? undefined : { user_id: user },
    service_tier,
    stream: request.stream,
  }
  const format = output?.type === 'json-schema' ? encodeFormat(output) : undefined
  const effort = request.reasoning && encodeThinking(request.reasoning, body, generation, leaveOut)
  if (effort || format) body.output_config = { effort, format }
  body.max_tokens ??= (target.quirks.defaultMaxTokens ?? 4096) + (body.thinking?.budget_tokens ?? 0)
  limitSampling(body, generation, leaveOut)
  const ours = own(request)
  const betas = (ours || tools) && betasOf(ours, tools)
  return {
    path: '/messages',
    body: writeRest(compact(body), request) as Record<string, unknown>,
    headers: betas ? { 'anthropic-beta': betas } : undefined,
    warnings: leftOut.warnings,
  }
}

/** Reads a request that an application wrote. */
export function decodeRequest(input: unknown, door: Door): ChatRequest {
  if (!isFields(input)) throw invalid('The body', 'a JSON object')
  check(input, requestShape, '')
  const body = input as unknown as WireRequestBody & { readonly messages: readonly unknown[] }
  const { output_config: config, output_format, tool_choice } = body
  const model = door.model ?? body.model
  if (model == null) throw invalid('model', 'a string')
  const messages = body.messages.map((message, index) => decodeMessage(message, `messages.${index}`))
  const system = filled(decodeContent(body.system || [], 'system'))
  if (system) messages.unshift({ role: 'system', content: system })
  const disabled = tool_choice?.disable_parallel_tool_use
  const request = compact<ChatRequest>({
    model,
    messages,
    tools: filled(body.tools?.map((tool, index) => decodeTool(tool, `tools.${index}`))),
    toolChoice: tool_choice && decodeToolChoice(tool_choice),
    parallelToolCalls: typeof disabled === 'boolean' ? !disabled : undefined,
    output: decodeFormat(config?.format, 'output_config.format') ?? decodeFormat(output_format, 'output_format'),
    reasoning: decodeThinking(body),
    maxOutputTokens: body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    stop: body.stop_sequences,
    serviceTier: body.service_tier,
    user: body.metadata?.user_id,
    stream: body.stream,
  })
  return readRest(request, input, requestShape)
}

const requestShape: Shape = {
  model: 'string?',
  messages: 'list',
  system: true,
  tools: 'list?',
  tool_choice: 'object?',
  thinking: 'object?',
  output_config: { effort: 'string?', format: 'object?' },
  // What `output_config.format` was called before.
  output_format: 'object?',
  max_tokens: 'number?',
  temperature: 'number?',
  top_p: 'number?',
  top_k: 'number?',
  stop_sequences: 'list of strings?',
  service_tier: 'string?',
  metadata: { user_id: 'string?' },
  stream: 'boolean?',
}

const toolShape: Shape = {
  name: 'string',
  description: 'string?',
  input_schema: 'object',
  strict: 'boolean?',
  cache_control,
}

const formatShape: Shape = { type: true, schema: 'object' }

/** What this API has no field for, with the value that says nothing. */
const unsayable: Readonly<Record<string, string>> = {
  n: '1',
  seed: '',
  frequencyPenalty: '0',
  presencePenalty: '0',
  logitBias: '',
  logprobs: 'false',
  topLogprobs: '0',
  metadata: '',
  store: 'false',
  modalities: 'text',
}

function encodeTool(tool: Tool | HostedTool, leaveOut: LeaveOut): WireTool[] {
  if (tool.type === 'hosted') {
    if (tool.dialect === id) return [tool.value as unknown as WireTool]
    leaveOut(`A tool that only ${tool.dialect} has`)
    return []
  }
  const { name, description, parameters, strict } = tool
  const schema = parameters && strict ? encodeSchema(parameters) : parameters
  const input_schema = schema?.['type'] === undefined ? { type: 'object', properties: {}, ...schema } : schema
  return [writeRest<WireTool>({ name, description, input_schema, strict }, tool)]
}

function decodeTool(tool: WireTool, at: string): Tool | HostedTool {
  const type = tool?.type
  if (typeof type === 'string' && type !== 'custom') {
    return { type: 'hosted', dialect: id, value: tool as unknown as HostedTool['value'] }
  }
  check(tool, toolShape, at)
  const { name, description, input_schema: parameters, strict } = tool as WireTool
  return readRest(compact<Tool>({ type: 'function', name, description, parameters, strict }), tool, toolShape)
}

function encodeToolChoice({ toolChoice, parallelToolCalls }: ChatRequest): WireToolChoice | undefined {
  if (toolChoice === undefined && parallelToolCalls !== false) return undefined
  const choice: WireToolChoice =
    typeof toolChoice === 'object'
      ? { type: 'tool', name: toolChoice.tool }
      : { type: toolChoice === 'required' ? 'any' : (toolChoice ?? 'auto') }
  if (parallelToolCalls !== undefined && toolChoice !== 'none') choice.disable_parallel_tool_use = !parallelToolCalls
  return choice
}

function decodeToolChoice({ type, name = '' }: WireToolChoice): ToolChoice {
  if (type === 'tool') return { tool: name }
  if (type === 'any') return 'required'
  if (type === 'auto' || type === 'none') return type
  throw invalid('tool_choice.type', 'one of "auto", "any", "tool", "none"')
}

function encodeFormat(output: Extract<OutputFormat, { schema: unknown }>): WireOutputConfig['format'] {
  return writeRest({ type: 'json_schema' as const, schema: encodeSchema(output.schema) }, output)
}

function decodeFormat(format: WireOutputConfig['format'], at: string): OutputFormat | undefined {
  if (!format) return undefined
  check(format, formatShape, at)
  return readRest<OutputFormat>({ type: 'json-schema', schema: format.schema }, format, formatShape)
}

/** Leaves out the sampling parameters that a model does not take, without a word where they say what is so anyway. */
function limitSampling(body: WireRequestBody, generation: number, leaveOut: LeaveOut): void {
  if (body.temperature! > 1) {
    body.temperature = 1
    leaveOut('A temperature above 1', '1 was sent')
  }
  const refuses = !takesSampling(generation)
  const thinks = body.thinking && body.thinking.type !== 'disabled'
  if (refuses || thinks) {
    for (const [name, least] of [
      ['temperature', 1],
      ['top_p', refuses ? 1 : 0.95],
      ['top_k', Infinity],
    ] as const) {
      const isLow = body[name]! < least
      if (isLow) leaveOut('Sampling', thinks ? 'the model thinks' : 'this model takes none')
      if (isLow || refuses) body[name] = undefined
    }
  }
  if (takesBothSamplings(generation) || body.temperature === undefined || body.top_p === undefined) return
  if (body.top_p !== 1) leaveOut('`topP`', 'this model takes `temperature` or `topP`')
  body.top_p = undefined
}

const serviceTiers: Readonly<Record<string, string>> = {
  auto: 'auto',
  priority: 'auto',
  default: 'standard_only',
  standard_only: 'standard_only',
}

function filled<T extends { readonly length: number }>(list: T | undefined): T | undefined {
  return list?.length ? list : undefined
}
