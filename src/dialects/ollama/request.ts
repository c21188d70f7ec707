import type { ChatRequest, HostedTool, OutputFormat, Reasoning, Tool } from '../../operations/chat/index.ts'
import type { Target, WireRequest } from '../dialect.ts'
import { compact, type Fields, isFields } from '../fields.ts'
import { LeftOut, leaveOutFields, leaveOutMarks } from '../left-out.ts'
import { encodeMessages } from './messages.ts'
import type { OllamaQuirks } from './quirks.ts'
import { own } from './wire.ts'

/**
 * Writes a request for a server. What only Ollama has, such as `keep_alive` and `options.num_ctx`, comes from the extensions.
 * @see https://docs.ollama.com/api/chat
 */
export function encodeRequest(request: ChatRequest, { model, quirks }: Target<OllamaQuirks>): WireRequest {
  const left = new LeftOut()
  leaveOutFields(request, unsayable, left.leaveOut)
  leaveOutMarks(request, left.leaveOut)
  const ours = own(request)
  const options = {
    ...optionsOf(quirks.defaults),
    ...optionsOf(ours),
    ...compact({
      num_predict: request.maxOutputTokens,
      temperature: request.temperature,
      top_p: request.topP,
      top_k: request.topK,
      seed: request.seed,
      stop: request.stop,
      frequency_penalty: request.frequencyPenalty,
      presence_penalty: request.presencePenalty,
    }),
  }
  const body = {
    ...quirks.defaults,
    ...ours,
    model,
    messages: encodeMessages(request.messages, left),
    // A server streams unless it is told not to.
    stream: request.stream === true,
    ...compact({
      tools: encodeTools(request, left),
      format: request.output && encodeOutput(request.output, left),
      think: request.reasoning && encodeThinking(request.reasoning, model, left),
      logprobs: request.logprobs,
      top_logprobs: request.topLogprobs,
      options: Object.keys(options).length > 0 ? options : undefined,
    }),
  }
  return { path: '/chat', body, warnings: left.warnings }
}

/** What this API has no field for, with the value that says nothing. */
const unsayable: Readonly<Partial<Record<keyof ChatRequest, string>>> = {
  n: '1',
  logitBias: '',
  parallelToolCalls: 'true',
  serviceTier: 'auto',
  user: '',
  metadata: '',
  store: 'false',
  modalities: 'text',
}

function optionsOf(fields: Fields | undefined): Fields | undefined {
  const options = fields?.['options']
  return isFields(options) ? options : undefined
}

/** No choice of a tool can be said: what is offered is all that there is to choose from. */
function encodeTools({ tools = [], toolChoice }: ChatRequest, left: LeftOut): readonly Fields[] | undefined {
  if (toolChoice === 'none') return undefined
  const offered =
    typeof toolChoice === 'object'
      ? tools.filter((tool) => tool.type === 'hosted' || tool.name === toolChoice.tool)
      : tools
  if (typeof toolChoice === 'object') {
    left.warn('`toolChoice` went out as the only tool that is offered: the model may still call none.')
  } else if (toolChoice === 'required') left.leaveOut('`toolChoice`', 'the model may call no tool')
  const wires = offered.flatMap((tool) => encodeTool(tool, left))
  return wires.length > 0 ? wires : undefined
}

function encodeTool(tool: Tool | HostedTool, left: LeftOut): Fields[] {
  if (tool.type === 'hosted') {
    left.leaveOut(`A tool that only ${tool.dialect} has`)
    return []
  }
  const { name, description, parameters = { type: 'object', properties: {} }, strict } = tool
  if (strict) left.leaveOut('`strict` of a tool')
  return [
    {
      ...own(tool),
      type: 'function',
      function: { name, ...(description !== undefined && { description }), parameters },
    },
  ]
}

function encodeOutput(output: OutputFormat, left: LeftOut): unknown {
  if (output.type === 'text') return undefined
  if (output.type === 'json') return 'json'
  if (output.description !== undefined) left.leaveOut('The description of the output schema')
  return output.schema
}

/** Most models only think or do not; a server refuses words of effort for those. */
function encodeThinking(
  { effort, budgetTokens, visible }: Reasoning,
  model: string,
  left: LeftOut,
): boolean | string | undefined {
  if (visible === false) left.leaveOut('`reasoning.visible`')
  if (effort === undefined && budgetTokens === undefined) return undefined
  const none = effort === 'none' || (effort === undefined && budgetTokens! <= 0)
  if (takesEffort(model)) {
    const word = none ? 'low' : (words[effort ?? 'medium'] ?? 'high')
    if (word !== effort) left.warn(`\`reasoning\` went out as the effort "${word}".`)
    return word
  }
  if (!none) left.warn('`reasoning` went out as a switch: the model thinks as much as it likes.')
  return !none
}

/** The one family that takes words, and cannot stop thinking: for others a server answers "think value … is not supported for this model". */
const takesEffort = (model: string): boolean => /gpt-oss/.test(model)

const words: Readonly<Record<string, string>> = { minimal: 'low', low: 'low', medium: 'medium', high: 'high' }
