import { GatewayError } from '../../errors.ts'
import type { ChatRequest, Message, OutputFormat, Part, ToolResultPart } from '../../operations/chat/index.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import { fields, list, text, wrong } from './fields.ts'
import { generationOf } from './model.ts'
import { anonymousCall, decodePart, encodePart, isAnonymous, type PartReader } from './part.ts'
import type { GeminiQuirks } from './quirks.ts'
import { jsonSchema } from './schema.ts'
import { signatureOfForeignCalls } from './signature.ts'
import { decodeThinking, encodeThinking } from './thinking.ts'
import { decodeToolConfig, decodeTools, encodeToolConfig, encodeTools } from './tools.ts'
import { compact, extended, id, isRecord, type Wire, type WireContent, type WirePart } from './wire.ts'

/** Encodes a request for a provider. */
export function encodeRequest(request: ChatRequest, { model }: Target<GeminiQuirks>): WireRequest {
  const warnings = new Set<string>()
  const warn = (sentence: string): void => void warnings.add(sentence)
  const { generationConfig, toolConfig, ...own } = (request.extensions?.[id] ?? {}) as Record<string, Wire | undefined>
  for (const [field, sentence] of leftOut) if (request[field] !== undefined) warn(sentence)
  if (request.parallelToolCalls === false) warn('`parallelToolCalls` was left out: this format cannot forbid it.')

  const body = compact({
    ...own,
    ...encodeMessages(request.messages, model, warn),
    tools: encodeTools(request.tools, warn),
    toolConfig: encodeToolConfig(request, toolConfig),
    generationConfig: encodeConfig(request, generationConfig, model, warn),
    serviceTier: encodeServiceTier(request.serviceTier, warn),
    labels: request.metadata && encodeLabels(request.metadata, warn),
    store: request.store,
  })
  const method = request.stream ? ':streamGenerateContent?alt=sse' : ':generateContent'
  const name = model.split('/').map(encodeURIComponent).join('/')
  return {
    path: `/${model.includes('/') ? name : `models/${name}`}${method}`,
    body: body ?? {},
    ...(warnings.size > 0 && { warnings: [...warnings] }),
  }
}

const leftOut = [
  ['logitBias', '`logitBias` was left out: this format has no such field.'],
  ['user', '`user` was left out: this format has no such field.'],
] as const

function encodeMessages(
  messages: readonly Message[],
  model: string,
  warn: (sentence: string) => void,
): { contents: readonly WireContent[]; systemInstruction?: WireContent } {
  const names = new Map<string, string>()
  const generation = generationOf(model)
  const reader: PartReader = {
    sign: ({ origin, value }) => (origin === id ? value : undefined),
    nameOf: (callId) => names.get(callId),
    richMedia: generation >= 3,
    warn,
  }
  const contents: WireContent[] = []
  let system: WireContent | undefined
  for (const { role, content, name, extensions } of inOrder(messages)) {
    const parts = content.flatMap((part) => {
      if (part.type === 'tool-call') names.set(part.id, part.name)
      return encodePart(part, reader)
    })
    if (name !== undefined) warn('The name of a participant was left out.')
    if (parts.length === 0) continue
    if (role === 'system' || role === 'developer') {
      if (contents.length > 0) warn('A system message in the middle of the conversation was moved to its start.')
      system = { ...system, ...extensions?.[id], parts: [...(system?.parts ?? []), ...parts] }
      continue
    }
    const speaker = role === 'assistant' ? 'model' : 'user'
    const last = contents.at(-1)
    // What an application said in two contents of this format stays two: see decodeContents.
    if (last?.role === speaker && !extensions?.[id]) last.parts.push(...parts)
    else contents.push({ ...extensions?.[id], role: speaker, parts })
  }
  if (contents.length === 0 && system) {
    warn('The system message was sent as a user message: this format answers nothing else.')
    return { contents: [{ role: 'user', parts: system.parts }] }
  }
  if (!(generation < 3)) signCalls(contents)
  return { contents, ...(system && { systemInstruction: system }) }
}

/**
 * Puts the results of calls without ids in the order of their calls: Google gives them to the calls of their name one
 * after the other, and applications in other formats write them in the order in which they came.
 */
function inOrder(messages: readonly Message[]): readonly Message[] {
  const calls = new Map<string, { readonly name: string; readonly place: number }>()
  let place = 0
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type === 'tool-call' && isAnonymous(part.id)) calls.set(part.id, { name: part.name, place: place++ })
    }
  }
  if (calls.size < 2) return messages
  /** The results of a name, turn by turn. */
  const results = new Map<string, ToolResultPart[]>()
  function each(visit: (part: ToolResultPart, results: string) => ToolResultPart): readonly Message[] {
    let turn = 0
    return messages.map((message) => {
      if (message.role === 'assistant') turn++
      const content = message.content.map((part) => {
        const call = part.type === 'tool-result' ? calls.get(part.id) : undefined
        return call ? visit(part as ToolResultPart, `${turn} ${call.name}`) : part
      })
      return { ...message, content }
    })
  }
  each((part, name) => {
    results.set(name, [...(results.get(name) ?? []), part])
    return part
  })
  for (const list of results.values()) list.sort((one, other) => calls.get(one.id)!.place - calls.get(other.id)!.place)
  return each((_, name) => results.get(name)!.shift()!)
}

/** Since Gemini 3, the first call of each step since the last words of the user must have a signature. */
function signCalls(contents: readonly WireContent[]): void {
  for (let index = contents.length - 1; index >= 0; index--) {
    const { role, parts } = contents[index]!
    if (role === 'model') {
      const first = parts.find((part) => part.functionCall)
      if (first) first.thoughtSignature ??= signatureOfForeignCalls
    } else if (!parts.some((part) => part.functionResponse)) return
  }
}

function encodeConfig(
  request: ChatRequest,
  own: Wire | undefined,
  model: string,
  warn: (sentence: string) => void,
): Wire | undefined {
  const config: Wire = { ...own }
  for (const [field, ours] of configFields) if (request[ours] !== undefined) config[field] = request[ours]
  const { modalities, output, reasoning } = request
  if (modalities) config['responseModalities'] = modalities.map((kind) => kind.toUpperCase())
  if (output) Object.assign(config, encodeOutput(output, warn))
  const thinkingConfig = reasoning && encodeThinking(reasoning, model, warn)
  if (thinkingConfig) config['thinkingConfig'] = thinkingConfig
  return compact(config)
}

/** The fields of `generationConfig` that differ from ours in name only. */
const configFields = [
  ['maxOutputTokens', 'maxOutputTokens', 'number'],
  ['temperature', 'temperature', 'number'],
  ['topP', 'topP', 'number'],
  ['topK', 'topK', 'number'],
  ['stopSequences', 'stop', 'list'],
  ['seed', 'seed', 'number'],
  ['frequencyPenalty', 'frequencyPenalty', 'number'],
  ['presencePenalty', 'presencePenalty', 'number'],
  ['candidateCount', 'n', 'number'],
  ['responseLogprobs', 'logprobs', 'boolean'],
  ['logprobs', 'topLogprobs', 'number'],
] as const satisfies readonly (readonly [string, keyof ChatRequest, string])[]

function encodeOutput(output: OutputFormat, warn: (sentence: string) => void): Wire {
  if (output.type === 'text') return { responseMimeType: 'text/plain' }
  const responseMimeType = 'application/json'
  if (output.type === 'json') return { responseMimeType }
  if (output.description !== undefined) warn('The description of the output schema was left out.')
  const original = output.extensions?.[id]?.['responseSchema']
  const unchanged = isRecord(original) && JSON.stringify(jsonSchema(original)) === JSON.stringify(output.schema)
  return unchanged
    ? { responseMimeType, responseSchema: original }
    : { responseMimeType, responseJsonSchema: output.schema }
}

/** Other formats' words, in Google's. `auto` is what happens when nothing is said. */
const serviceTiers: Readonly<Record<string, string | undefined>> = {
  auto: undefined,
  default: 'standard',
  standard_only: 'standard',
  standard: 'standard',
  flex: 'flex',
  priority: 'priority',
}

function encodeServiceTier(tier: string | undefined, warn: (sentence: string) => void): string | undefined {
  if (tier === undefined) return undefined
  if (!(tier in serviceTiers)) warn('`serviceTier` was left out: this format does not know the word.')
  return serviceTiers[tier]
}

/** Google refuses a request for a label of another form. */
function encodeLabels(metadata: Readonly<Record<string, string>>, warn: (sentence: string) => void): Wire | undefined {
  const entries = Object.entries(metadata)
  const labels = entries.filter(
    ([key, value]) =>
      /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\d_-]{0,62}$/u.test(key) && /^[\p{Ll}\p{Lo}\d_-]{0,63}$/u.test(value),
  )
  if (labels.length < entries.length) warn('`metadata` that has not the form of a label was left out.')
  return labels.length > 0 ? Object.fromEntries(labels) : undefined
}

/** Reads labels. Their names are the application's own, and stay as they are. */
function decodeLabels(labels: unknown): Record<string, string> {
  if (!isRecord(labels)) throw wrong('labels', 'an object')
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== null)) as Record<string, string>
}

/** Decodes a request of an application. */
export function decodeRequest(value: unknown, door: Door): ChatRequest {
  if (!isRecord(value)) throw new GatewayError('invalid_request', 'The body must be a JSON object.')
  const body = fields(value, 'body')
  const { contents, systemInstruction, tools, toolConfig, generationConfig, serviceTier, labels, store, ...rest } = body
  const { model, ...unknown } = rest
  const config = decodeConfig(fields(generationConfig ?? {}, 'generationConfig'))
  const tooling = toolConfig === undefined ? {} : decodeToolConfig(toolConfig)
  return {
    model: door.model ?? text(model, 'model').replace(/^models\//, ''),
    ...(door.stream && { stream: true }),
    messages: [
      ...(systemInstruction === undefined ? [] : [decodeSystem(systemInstruction)]),
      ...decodeContents(list(contents, 'contents')),
    ],
    ...(tools !== undefined && { tools: decodeTools(tools) }),
    ...(tooling.choice && { toolChoice: tooling.choice }),
    ...config.request,
    ...(serviceTier !== undefined && { serviceTier: text(serviceTier, 'serviceTier') }),
    ...(labels !== undefined && { metadata: decodeLabels(labels) }),
    ...(typeof store === 'boolean' && { store }),
    ...extended({ ...unknown, ...compact({ generationConfig: config.rest, toolConfig: tooling.rest }) }),
  }
}

function decodeSystem(value: unknown): Message {
  const path = 'systemInstruction'
  if (typeof value === 'string') return { role: 'system', content: [{ type: 'text', text: value }] }
  const { parts, ...rest } = fields(value, path)
  return { role: 'system', content: decodeParts(parts, path).map(({ part }) => part), ...extended(rest) }
}

function decodeContents(contents: readonly unknown[]): readonly Message[] {
  const messages: Message[] = []
  const open: { id: string; name: string }[] = []
  let previous: unknown
  let message: { role: Message['role']; content: Part[] } | undefined
  for (const [index, value] of contents.entries()) {
    const path = `contents[${index}]`
    const { role = 'user', parts, ...rest } = fields(value, path)
    if (role !== 'user' && role !== 'model' && role !== 'function') throw wrong(`${path}.role`, "'user' or 'model'")
    // Google's SDKs keep each chunk of a streamed answer as a content of its own.
    const continued = role === 'model' && previous === role && Object.keys(rest).length === 0
    if (!continued) message = undefined
    // Extensions, though they may be empty, tell that a content begins here.
    let extensions = previous === role && role !== 'model' ? { extensions: { [id]: rest } } : extended(rest)
    previous = role
    for (const { part: decoded, unnamed } of decodeParts(parts, path, index)) {
      const part = decoded.type === 'tool-result' ? answered(decoded, unnamed, open) : decoded
      if (part.type === 'tool-call') open.push({ id: part.id, name: part.name })
      const speaker = role === 'model' ? 'assistant' : part.type === 'tool-result' ? 'tool' : 'user'
      if (message?.role !== speaker) {
        message = { role: speaker, content: [] }
        messages.push({ ...message, ...extensions })
        extensions = {}
      }
      if (!continued || !joined(message.content, part)) message.content.push(part)
    }
  }
  return messages
}

/** Adds the next piece of a streamed text to the text so far; false when it is a part of its own. */
function joined(content: Part[], part: Part): boolean {
  if ((part.type !== 'text' && part.type !== 'reasoning') || part.extensions) return false
  const { text, signature } = part
  const last = content.at(-1)
  if (last?.type === part.type && !last.signature && !last.extensions) {
    // Our own streams say a foreign signature after its text. Gemini's belong to the very part that they came with.
    if (!signature || (text === '' && signature.origin !== id)) {
      content[content.length - 1] = { ...last, text: last.text + text, ...(signature && { signature }) }
      return true
    }
  }
  return text === '' && !signature
}

/** Without ids, a result belongs to the first call of its name that has none yet. */
function answered<P extends Part & { type: 'tool-result' }>(
  part: P,
  unnamed: boolean,
  open: { id: string; name: string }[],
): P {
  const index = open.findIndex((call) => (unnamed ? call.name === part.name : call.id === part.id))
  const [call] = index < 0 ? [] : open.splice(index, 1)
  return call && unnamed ? { ...part, id: call.id } : part
}

function decodeParts(value: unknown, path: string, place = 0): readonly { part: Part; unnamed: boolean }[] {
  return list(value ?? [], `${path}.parts`).flatMap((item, index) => {
    const at = `${path}.parts[${index}]`
    const wire = decodeFields(item, at)
    let unnamed = false
    const part = decodePart(wire, () => {
      unnamed = true
      return anonymousCall('', place, index)
    })
    return part ? [{ part, unnamed }] : []
  })
}

/** The fields of a part, and of the nodes of it that we read, in camelCase and of the right type. */
function decodeFields(item: unknown, path: string): WirePart {
  const wire: WirePart = { ...fields(item, path) }
  for (const key of nodes) if (wire[key] !== undefined) wire[key] = { ...fields(wire[key], `${path}.${key}`) }
  for (const [key, field, required] of strings) {
    const node = wire[key]
    if (node && (required || node[field] !== undefined)) text(node[field], `${path}.${key}.${field}`)
  }
  if (wire.text !== undefined) text(wire.text, `${path}.text`)
  const args = wire.functionCall?.args
  if (args && !isRecord(args)) throw wrong(`${path}.functionCall.args`, 'an object')
  const { functionResponse } = wire
  if (functionResponse) {
    const { response, parts } = functionResponse
    const at = `${path}.functionResponse`
    if (response !== undefined && !isRecord(response)) throw wrong(`${at}.response`, 'an object')
    if (parts !== undefined) {
      functionResponse['parts'] = list(parts, `${at}.parts`).map((part, index) =>
        decodeFields(part, `${at}.parts[${index}]`),
      )
    }
  }
  return wire
}

const nodes = ['inlineData', 'fileData', 'functionCall', 'functionResponse'] as const

/** The fields of these nodes that are strings, and whether they must be there. A piece of a call may have no name. */
const strings = [
  ['inlineData', 'data', true],
  ['inlineData', 'mimeType', false],
  ['fileData', 'fileUri', true],
  ['fileData', 'mimeType', false],
  ['functionCall', 'name', false],
  ['functionCall', 'id', false],
  ['functionResponse', 'name', true],
  ['functionResponse', 'id', false],
] as const

function decodeConfig(config: Wire): { request: Partial<ChatRequest>; rest: Wire | undefined } {
  const { responseModalities, responseMimeType, responseJsonSchema, responseSchema, thinkingConfig, ...rest } = config
  const request: Record<string, unknown> = {}
  for (const [field, ours, kind] of configFields) {
    const { [field]: value } = rest
    if (value === undefined) continue
    if (kind === 'list' ? !Array.isArray(value) : typeof value !== kind)
      throw wrong(`generationConfig.${field}`, `a ${kind}`)
    request[ours] = value
    delete rest[field]
  }
  const modalities = Array.isArray(responseModalities)
    ? responseModalities.map((kind) => (typeof kind === 'string' ? kind.toLowerCase() : kind))
    : undefined
  const known = modalities?.every((kind) => kind === 'text' || kind === 'image' || kind === 'audio')
  if (modalities && known) request['modalities'] = modalities
  if (thinkingConfig !== undefined) {
    request['reasoning'] = decodeThinking(fields(thinkingConfig, 'generationConfig.thinkingConfig'))
  }
  const output = decodeOutput(responseMimeType, responseJsonSchema, responseSchema)
  if (output) request['output'] = output
  return {
    request,
    rest: compact({
      ...rest,
      responseModalities: known ? undefined : responseModalities,
      ...(!output && { responseMimeType, responseJsonSchema, responseSchema }),
    }),
  }
}

function decodeOutput(type: unknown, schema: unknown, openApi: unknown): OutputFormat | undefined {
  if (type === 'text/plain' && schema === undefined && openApi === undefined) return { type: 'text' }
  if (type !== 'application/json') return undefined
  if (isRecord(schema)) return { type: 'json-schema', schema }
  if (!isRecord(openApi)) return { type: 'json' }
  return { type: 'json-schema', schema: jsonSchema(openApi), ...extended({ responseSchema: openApi }) }
}
