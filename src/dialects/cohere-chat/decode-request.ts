import type {
  ChatRequest,
  Message,
  OutputFormat,
  Part,
  Reasoning,
  TextPart,
  Tool,
  ToolCallPart,
  ToolChoice,
} from '../../operations/chat/index.ts'
import { check, compact, type Fields, invalid, isFields, type Shape, unknownFields } from '../fields.ts'
import { decodeSignature } from '../signature.ts'
import { decodeCitation } from './citation.ts'
import { extensionsOf, id, type WireCitation } from './wire.ts'

/** Reads a request of an application. What only Cohere has, such as `documents` and `safety_mode`, goes into the extensions. */
export function decodeRequest(input: unknown): ChatRequest {
  check(input, requestShape, '')
  const body = input as unknown as WireRequestBody
  const strict = body.strict_tools === true || undefined
  return compact<ChatRequest>({
    model: body.model,
    messages: body.messages.map((message, index) => decodeMessage(message, `messages[${index}]`)),
    stream: body.stream,
    tools: body.tools?.length
      ? body.tools.map((tool, index) => decodeTool(tool, strict, `tools[${index}]`))
      : undefined,
    toolChoice: body.tool_choice == null ? undefined : decodeToolChoice(body.tool_choice),
    output: body.response_format == null ? undefined : decodeOutput(body.response_format),
    reasoning: body.thinking == null ? undefined : decodeThinking(body.thinking),
    maxOutputTokens: body.max_tokens,
    stop: body.stop_sequences?.length ? body.stop_sequences : undefined,
    temperature: body.temperature,
    seed: body.seed,
    logprobs: body.logprobs,
    topP: body.p,
    topK: body.k,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty,
    extensions: extensionsOf(unknownFields(body, requestShape)),
  })
}

interface WireRequestBody {
  readonly model: string
  readonly messages: readonly Fields[]
  readonly stream?: boolean | null
  readonly tools?: readonly Fields[] | null
  readonly strict_tools?: boolean | null
  readonly tool_choice?: string | null
  readonly response_format?: Fields | null
  readonly thinking?: Fields | null
  readonly max_tokens?: number | null
  readonly stop_sequences?: readonly string[] | null
  readonly temperature?: number | null
  readonly seed?: number | null
  readonly logprobs?: boolean | null
  readonly p?: number | null
  readonly k?: number | null
  readonly frequency_penalty?: number | null
  readonly presence_penalty?: number | null
}

const requestShape: Shape = {
  model: 'string',
  messages: 'list of objects',
  stream: 'boolean?',
  tools: 'list of objects?',
  strict_tools: 'boolean?',
  tool_choice: 'string?',
  response_format: true,
  thinking: true,
  max_tokens: 'number?',
  stop_sequences: 'list of strings?',
  temperature: 'number?',
  seed: 'number?',
  logprobs: 'boolean?',
  p: 'number?',
  k: 'number?',
  frequency_penalty: 'number?',
  presence_penalty: 'number?',
}

const messageShape: Shape = {
  role: 'string',
  content: true,
  tool_calls: 'list of objects?',
  tool_call_id: 'string?',
  tool_plan: 'string?',
  citations: 'list of objects?',
}

function decodeMessage(wire: Fields, at: string): Message {
  check(wire, messageShape, at)
  const { role, content, tool_calls: calls, tool_call_id: callId, tool_plan: plan, citations } = wire
  const extensions = extensionsOf(unknownFields(wire, messageShape))
  const parts = decodeContent(content, `${at}.content`)
  switch (role) {
    case 'system':
    case 'user':
      return compact<Message>({ role, content: parts, extensions })
    case 'tool': {
      if (typeof callId !== 'string') throw invalid(`${at}.tool_call_id`, 'a string')
      const said = typeof content === 'string' ? content : (parts as readonly TextPart[])
      return compact<Message>({ role, content: [{ type: 'tool-result', id: callId, content: said }], extensions })
    }
    case 'assistant': {
      cite(parts, citations as readonly WireCitation[] | null | undefined)
      for (const [index, call] of ((calls ?? []) as readonly Fields[]).entries()) {
        parts.push(decodeCall(call, index === 0 ? plan : undefined, `${at}.tool_calls[${index}]`))
      }
      return compact<Message>({ role, content: parts, extensions })
    }
    default:
      throw invalid(`${at}.role`, 'one of "system", "user", "assistant", "tool"')
  }
}

function decodeContent(content: unknown, at: string): Part[] {
  if (content == null || content === '') return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw invalid(at, 'a string or a list')
  return content.map((piece: unknown, index) => decodePiece(piece, `${at}[${index}]`))
}

function decodePiece(piece: unknown, at: string): Part {
  check(piece, { type: 'string' }, at)
  const { type, text, thinking, signature } = piece
  const proof = typeof signature === 'string' ? decodeSignature(signature, id) : undefined
  switch (type) {
    case 'text':
      if (typeof text !== 'string') throw invalid(`${at}.text`, 'a string')
      return compact<Part>({ type, text, signature: proof, extensions: rest(piece, textNames) })
    case 'thinking':
      if (typeof thinking !== 'string') throw invalid(`${at}.thinking`, 'a string')
      return compact<Part>({
        type: 'reasoning',
        text: thinking,
        signature: proof,
        extensions: rest(piece, textNames),
      })
    case 'image_url':
      return decodePicture(piece, at)
    default:
      return { type: 'extension', dialect: id, value: piece }
  }
}

const textNames = { type: true, text: true, thinking: true, signature: true } as const
const pictureShape = { type: true, image_url: { url: 'string', detail: 'string?' } } as const

function decodePicture(piece: Fields, at: string): Part {
  check(piece, pictureShape, at)
  const picture = piece['image_url']
  if (!isFields(picture)) throw invalid(`${at}.image_url`, 'an object')
  const url = String(picture['url'])
  const [, mediaType, data] = /^data:([^;,]+)[^,]*;base64,(.*)$/s.exec(url) ?? []
  return compact<Part>({
    type: 'image',
    source: mediaType && data !== undefined ? { type: 'base64', data, mediaType } : { type: 'url', url },
    detail: picture['detail'] as 'auto' | undefined,
    extensions: rest(piece, pictureShape),
  })
}

/** Citations stand beside the content; ours stand on the text that they are about. */
function cite(parts: Part[], wires: readonly WireCitation[] | null | undefined): void {
  for (const wire of wires ?? []) {
    const place = parts[wire.content_index ?? -1]?.type === 'text' ? wire.content_index! : firstText(parts)
    const part = parts[place]
    if (part?.type !== 'text') continue
    parts[place] = { ...part, citations: [...(part.citations ?? []), ...decodeCitation(wire)] }
  }
}

function firstText(parts: readonly Part[]): number {
  return parts.findIndex(({ type }) => type === 'text')
}

const callShape = {
  id: 'string',
  type: true,
  signature: true,
  function: { name: 'string', arguments: 'string?' },
} as const

function decodeCall(call: Fields, plan: unknown, at: string): ToolCallPart {
  check(call, callShape, at)
  const called = call['function']
  if (!isFields(called)) throw invalid(`${at}.function`, 'an object')
  const { signature } = call
  return compact<ToolCallPart>({
    type: 'tool-call',
    id: String(call['id']),
    name: String(called['name']),
    arguments: (called['arguments'] as string | null | undefined) || '{}',
    signature: typeof signature === 'string' ? decodeSignature(signature, id) : undefined,
    extensions: extensionsOf({
      ...unknownFields(call, callShape),
      ...(typeof plan === 'string' && plan !== '' && { tool_plan: plan }),
    }),
  })
}

const toolShape = {
  type: true,
  function: { name: 'string', description: 'string?', parameters: 'object?' },
} as const

function decodeTool(tool: Fields, strict: true | undefined, at: string): Tool {
  check(tool, toolShape, at)
  const { function: called } = tool
  if (!isFields(called)) throw invalid(`${at}.function`, 'an object')
  const { name, description, parameters } = called
  return compact<Tool>({
    type: 'function',
    name: name as string,
    description: description as string | undefined,
    parameters: parameters as Fields | undefined,
    strict,
    extensions: rest(tool, toolShape),
  })
}

function decodeToolChoice(choice: string): ToolChoice {
  if (choice === 'REQUIRED') return 'required'
  if (choice === 'NONE') return 'none'
  throw invalid('tool_choice', '"REQUIRED" or "NONE"')
}

function decodeOutput(format: Fields): OutputFormat {
  check(format, { type: 'string', json_schema: 'object?', schema: 'object?' }, 'response_format')
  const { type, json_schema, schema = json_schema } = format
  if (type === 'text') return { type }
  if (type !== 'json_object') throw invalid('response_format.type', '"text" or "json_object"')
  return isFields(schema) ? { type: 'json-schema', schema } : { type: 'json' }
}

const thinkingNames = { type: true, token_budget: true } as const

/** Thinking without a budget is as much of it as the model likes. */
function decodeThinking(thinking: Fields): Reasoning {
  check(thinking, { type: 'string', token_budget: 'number?' }, 'thinking')
  const { type, token_budget: budget } = thinking
  const enabled = type === 'enabled'
  return compact<Reasoning>({
    effort: type === 'disabled' ? 'none' : enabled && budget == null ? 'high' : undefined,
    budgetTokens: enabled ? (budget as number | null | undefined) : undefined,
    extensions: rest(thinking, thinkingNames),
  })
}

function rest(node: Fields, names: Parameters<typeof unknownFields>[1]): ReturnType<typeof extensionsOf> {
  return extensionsOf(unknownFields(node, names))
}
