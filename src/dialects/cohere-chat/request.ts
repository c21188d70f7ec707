import type { ChatRequest, HostedTool, OutputFormat, Reasoning, Tool } from '../../operations/chat/index.ts'
import type { Target, WireRequest } from '../dialect.ts'
import { compact, type Fields } from '../fields.ts'
import { LeftOut, leaveOutFields, leaveOutMarks } from '../left-out.ts'
import { encodeMessages } from './messages.ts'
import type { CohereChatQuirks } from './quirks.ts'
import { id, own } from './wire.ts'

/**
 * Writes a request for a provider. What only Cohere has, such as `documents` and `safety_mode`, comes from the extensions.
 * @see https://docs.cohere.com/reference/chat
 */
export function encodeRequest(request: ChatRequest, { model }: Target<CohereChatQuirks>): WireRequest {
  const left = new LeftOut()
  leaveOutFields(request, unsayable, left.leaveOut)
  leaveOutMarks(request, left.leaveOut)
  const tooling = encodeTooling(request, left)
  const body = {
    ...own(request),
    model,
    messages: encodeMessages(request.messages, left),
    // The reference lists it as required.
    stream: request.stream === true,
    ...tooling,
    ...compact({
      response_format:
        request.output && encodeOutput(request.output, !!(tooling.tools || own(request)?.['documents']), left),
      thinking: request.reasoning && encodeThinking(request.reasoning, request.maxOutputTokens, left),
      max_tokens: request.maxOutputTokens,
      stop_sequences: encodeStop(request.stop, left),
      temperature: request.temperature,
      seed: request.seed,
      logprobs: request.logprobs,
      ...encodeSampling(request, left),
    }),
  }
  return { path: '/chat', body, warnings: left.warnings }
}

/** What this API has no field for, with the value that says nothing. */
const unsayable: Readonly<Partial<Record<keyof ChatRequest, string>>> = {
  n: '1',
  topLogprobs: '0',
  logitBias: '',
  parallelToolCalls: 'true',
  serviceTier: 'auto',
  user: '',
  metadata: '',
  store: 'false',
  modalities: 'text',
}

interface Tooling {
  readonly tools?: readonly Fields[]
  readonly strict_tools?: true
  readonly tool_choice?: string
}

function encodeTooling({ tools = [], toolChoice, messages }: ChatRequest, left: LeftOut): Tooling {
  let offered = tools
  if (typeof toolChoice === 'object') {
    // No tool can be named, but when only one is offered, some tool is that one. What was called before must be offered too.
    const called = messages.some(({ content }) =>
      content.some((part) => part.type === 'tool-call' && part.name !== toolChoice.tool),
    )
    if (called) left.leaveOut('The name of the tool that must be called', 'other tools were called before')
    else offered = tools.filter((tool) => tool.type === 'hosted' || tool.name === toolChoice.tool)
  }
  const wires = offered.flatMap((tool) => encodeTool(tool, left))
  if (wires.length === 0) {
    if (toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none')
      left.leaveOut('`toolChoice`', 'there is no such tool')
    return {}
  }
  const strict = strictness(offered, left)
  const choice = toolChoice === 'none' ? 'NONE' : toolChoice && toolChoice !== 'auto' ? 'REQUIRED' : undefined
  return { tools: wires, ...(strict && { strict_tools: true }), ...(choice && { tool_choice: choice }) }
}

/** Cohere holds to their schemas all tools or none, and only tools with a required parameter. */
function strictness(tools: readonly (Tool | HostedTool)[], left: LeftOut): boolean {
  const functions = tools.filter((tool) => tool.type === 'function')
  if (!functions.some(({ strict }) => strict)) return false
  const every = functions.every(
    ({ strict, parameters }) => strict && Array.isArray(parameters?.['required']) && parameters['required'].length > 0,
  )
  if (!every) left.leaveOut('`strict` of a tool', 'it holds for all tools or none, and each must require a parameter')
  return every
}

function encodeTool(tool: Tool | HostedTool, left: LeftOut): Fields[] {
  if (tool.type === 'hosted') {
    if (tool.dialect === id) return [tool.value]
    left.leaveOut(`A tool that only ${tool.dialect} has`)
    return []
  }
  const { name, description, parameters = { type: 'object', properties: {} } } = tool
  return [
    {
      ...own(tool),
      type: 'function',
      function: { name, ...(description !== undefined && { description }), parameters },
    },
  ]
}

function encodeOutput(output: OutputFormat, grounded: boolean, left: LeftOut): Fields | undefined {
  if (output.type === 'text') return undefined
  if (grounded) {
    // The reference: it is not supported in combination with either.
    left.leaveOut('`output`', 'it cannot go with tools or documents')
    return undefined
  }
  if (output.type === 'json') return { type: 'json_object' }
  if (output.description !== undefined) left.leaveOut('The description of the output schema')
  return { ...own(output), type: 'json_object', json_schema: output.schema }
}

/** The tokens that a word of effort stands for. Without a budget the model thinks as long as it likes. */
const budgets: Readonly<Partial<Record<NonNullable<Reasoning['effort']>, number>>> = {
  minimal: 512,
  low: 2048,
  medium: 8192,
}

function encodeThinking(reasoning: Reasoning, limit: number | undefined, left: LeftOut): Fields | undefined {
  const { effort, budgetTokens, visible } = reasoning
  if (visible !== undefined) left.leaveOut('`reasoning.visible`')
  if (effort === undefined && budgetTokens === undefined) return own(reasoning)
  if (effort === 'none' || (budgetTokens !== undefined && budgetTokens <= 0)) {
    return { ...own(reasoning), type: 'disabled' }
  }
  const stated = budgets[effort ?? 'high']
  // Thoughts count towards the limit: what stands for a word leaves a fifth of it for the answer.
  const token_budget = budgetTokens ?? (stated && Math.max(1, Math.min(stated, Math.floor((limit ?? Infinity) * 0.8))))
  return { ...own(reasoning), type: 'enabled', ...(token_budget && { token_budget }) }
}

function encodeStop(stop: readonly string[] | undefined, left: LeftOut): readonly string[] | undefined {
  if (!stop || stop.length === 0) return undefined
  if (stop.length > 5) left.leaveOut('Every stop sequence after the fifth')
  return stop.slice(0, 5)
}

/** The numbers that Cohere takes within bounds only, by its reference. */
const bounds = [
  ['topP', 'p', 0.01, 0.99],
  ['topK', 'k', 0, 500],
  ['frequencyPenalty', 'frequency_penalty', 0, 1],
  ['presencePenalty', 'presence_penalty', 0, 1],
] as const

function encodeSampling(request: ChatRequest, left: LeftOut): Fields {
  const sampling: Record<string, number> = {}
  for (const [field, name, least, most] of bounds) {
    const value = request[field]
    if (value === undefined) continue
    const bounded = Math.min(Math.max(value, least), most)
    // All of the probability and nearly all of it is the same to anybody who asks for all.
    if (bounded !== value && !(field === 'topP' && value === 1)) left.warn(`\`${field}\` went out as ${bounded}.`)
    sampling[name] = bounded
  }
  if (sampling['frequency_penalty'] && sampling['presence_penalty']) {
    left.leaveOut('`presencePenalty`', 'it cannot go with `frequencyPenalty`')
    delete sampling['presence_penalty']
  }
  return sampling
}
