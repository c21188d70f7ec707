import type { ChatRequest, HostedTool, OutputFormat, Reasoning, Tool, ToolChoice } from '../../operations/chat/index.ts'
import { check, compact, type Fields, isFields, type Names, type Shape, unknownFields } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { type Draft, extensionsOf, id, own, readRest, writeRest } from './wire.ts'

/** What `include` asks for so that thoughts can be sent back. */
export const encryptedReasoning = 'reasoning.encrypted_content'

/** What `include` asks for so that the probabilities of tokens are told. */
export const textLogprobs = 'message.output_text.logprobs'

/** The settings of a request that an application wrote: all but the model and the input. */
export const settingsShape: Shape = {
  tools: 'list?',
  text: { format: 'object?' },
  reasoning: { effort: 'string?', summary: 'string?' },
  include: 'list of strings?',
  parallel_tool_calls: 'boolean?',
  max_output_tokens: 'number?',
  temperature: 'number?',
  top_p: 'number?',
  top_logprobs: 'number?',
  service_tier: 'string?',
  user: 'string?',
  metadata: 'object?',
  store: 'boolean?',
  stream: 'boolean?',
}

type Settings = Partial<Omit<ChatRequest, 'model' | 'messages'>>

/** Writes the settings of a request, but for what `include` asks for. */
export function encodeSettings(request: Settings, leaveOut: LeaveOut): Record<string, unknown> {
  const { tools, toolChoice, output, reasoning } = request
  const encoded = tools?.flatMap((tool) => encodeTool(tool, leaveOut))
  // Where no tool is left there is no choice, and OpenAI refuses one.
  const chooses = !tools?.length || encoded?.length
  return compact<Record<string, unknown>>({
    tools: encoded?.length ? encoded : undefined,
    tool_choice: toolChoice && chooses ? encodeToolChoice(toolChoice) : undefined,
    parallel_tool_calls: request.parallelToolCalls,
    text: output && { format: encodeFormat(output) },
    reasoning: reasoning && encodeReasoning(reasoning, leaveOut),
    max_output_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: request.topLogprobs,
    service_tier: request.serviceTier,
    user: request.user,
    metadata: request.metadata,
    store: request.store,
    stream: request.stream,
  })
}

/** Reads them from a body that was checked. What has no name of ours is in the extensions that come with them. */
export function decodeSettings(body: Fields, known: Names): Settings {
  const wire = body as Readonly<Record<string, never>>
  const text: { readonly format?: Fields } = wire['text'] ?? {}
  const include = body['include'] as readonly string[] | null | undefined
  const tools = body['tools'] as readonly unknown[] | null | undefined
  const reasoning = body['reasoning'] as Fields | null | undefined
  const output = text.format && decodeFormat(text.format)
  const toolChoice = decodeToolChoice(body['tool_choice'])
  const names: Names = {
    ...known,
    tools: true,
    tool_choice: toolChoice || body['tool_choice'] == null ? true : '',
    text: { format: output ? true : '' },
    reasoning: true,
  }
  const rest = unknownFields(body, names) ?? {}
  const others = include?.filter((value) => value !== textLogprobs)
  // Nothing more is wanted: else a request that says how to think would ask for thoughts to send back.
  if (others?.length || reasoning) rest['include'] = others ?? []
  return compact<Settings>({
    tools: tools?.length ? tools.map(decodeTool) : undefined,
    toolChoice,
    parallelToolCalls: wire['parallel_tool_calls'],
    output,
    reasoning: reasoning && decodeReasoning(reasoning),
    maxOutputTokens: wire['max_output_tokens'],
    temperature: wire['temperature'],
    topP: wire['top_p'],
    logprobs: include?.includes(textLogprobs) || undefined,
    topLogprobs: wire['top_logprobs'],
    serviceTier: wire['service_tier'],
    user: wire['user'],
    metadata: wire['metadata'],
    store: wire['store'],
    stream: wire['stream'],
    extensions: extensionsOf(rest),
  })
}

const toolShape: Shape = {
  type: true,
  name: 'string',
  description: 'string?',
  parameters: 'object?',
  strict: 'boolean?',
}

function encodeTool(tool: Tool | HostedTool, leaveOut: LeaveOut): Fields[] {
  if (tool.type === 'hosted') {
    if (tool.dialect === id) return [tool.value]
    leaveOut(`A tool that only ${tool.dialect} has`)
    return []
  }
  const { name, description, strict = false } = tool
  const fields = own(tool)
  const parameters = tool.parameters ?? (fields ? undefined : { type: 'object', properties: {} })
  const wire = writeRest(compact<Draft<Fields>>({ type: 'function', name, description, parameters, strict }), fields)
  // Here a tool is strict unless it says that it is not: elsewhere it is the other way round.
  if (wire['strict'] === null) delete wire['strict']
  return [wire]
}

function decodeTool(tool: unknown, index: number): Tool | HostedTool {
  const at = `tools[${index}]`
  check(tool, { type: 'string' }, at)
  if (tool['type'] !== 'function') return { type: 'hosted', dialect: id, value: tool }
  check(tool, toolShape, at)
  const { name, description, parameters, strict } = tool as unknown as Tool
  const read = compact<Tool>({ type: 'function', name, description, parameters, strict })
  return readRest(read, strict == null ? { ...tool, strict: null } : tool, strict == null ? unsaidNames : toolShape)
}

const unsaidNames: Names = { type: true, name: true, description: true, parameters: true }

function encodeToolChoice(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.tool }
}

/** Undefined for what has no name of ours, such as a list of allowed tools: it stays as it is. */
function decodeToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (!isFields(choice)) return undefined
  const { type, name } = choice
  return type === 'function' && typeof name === 'string' && Object.keys(choice).length === 2
    ? { tool: name }
    : undefined
}

const formatNames: Names = { type: true, name: true, description: true, schema: true, strict: true }

function encodeFormat(output: OutputFormat): Fields {
  if (output.type !== 'json-schema') return { type: output.type === 'json' ? 'json_object' : 'text' }
  const { name = 'response', description, schema, strict } = output
  return writeRest(compact({ type: 'json_schema', name, description, schema, strict }), own(output))
}

function decodeFormat(format: Fields): OutputFormat | undefined {
  const { type, name, description, schema, strict } = format
  if (type === 'text') return { type }
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema' || !isFields(schema)) return undefined
  const output = compact<Extract<OutputFormat, { schema: unknown }>>({
    type: 'json-schema',
    name: name as string,
    description: description as string,
    schema,
    strict: strict as boolean,
  })
  return readRest(output, format, formatNames)
}

const efforts: readonly unknown[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

function encodeReasoning(reasoning: Reasoning, leaveOut: LeaveOut): Fields {
  const { budgetTokens: budget, visible } = reasoning
  let { effort } = reasoning
  if (!effort && budget !== undefined) {
    effort = budget <= 0 ? 'none' : budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high'
    leaveOut('`reasoning.budgetTokens`', `the effort "${effort}" was sent`)
  }
  return writeRest(compact({ effort, summary: visible ? 'auto' : undefined }), own(reasoning))
}

function decodeReasoning(wire: Fields): Reasoning {
  const { effort, summary } = wire
  const named = efforts.includes(effort)
  const reasoning: Draft<Reasoning> = {}
  if (named) reasoning.effort = effort as 'low'
  if (typeof summary === 'string') reasoning.visible = true
  return readRest(reasoning, wire, {
    effort: named || effort == null || '',
    summary: summary === 'auto' || summary == null || '',
  })
}
