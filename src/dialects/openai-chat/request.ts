import { GatewayError } from '../../errors.ts'
import type {
  AnswerPart,
  CacheMark,
  ChatRequest,
  ExtensionPart,
  HostedTool,
  MediaPart,
  Message,
  OutputFormat,
  Part,
  Reasoning,
  TextPart,
  Tool,
  ToolChoice,
  ToolResultPart,
} from '../../operations/chat/index.ts'
import type { Door, Target, WireRequest } from '../dialect.ts'
import { encodeToolCall, mediaUrl } from './part.ts'
import type { OpenAIChatQuirks } from './quirks.ts'
import { decodeMessage, encodeDetails, wordsOf } from './response.ts'
import {
  dialectId,
  extend,
  type Fields,
  isFields,
  ownFields,
  parseDataUrl,
  unknownFields,
  type WireMessage,
} from './wire.ts'

/** Writes a request for a provider. */
export function encodeRequest(request: ChatRequest, { model, quirks }: Target<OpenAIChatQuirks>): WireRequest {
  const warnings = new Set<string>()
  const encoder: Encoder = { quirks, warn: (text) => warnings.add(text) }
  const { stream_options: options, ...own } = ownFields(request.extensions) ?? {}
  const body: Record<string, unknown> = { ...own, model, messages: encodeMessages(request.messages, encoder) }
  for (const [name, field] of scalars) if (request[field] !== undefined) body[name] = request[field]
  if (request.topK !== undefined) {
    if (quirks.topK) body['top_k'] = request.topK
    else encoder.warn('`topK` was left out: the provider does not take it.')
  }
  if (request.stop !== undefined) body['stop'] = request.stop
  if (request.tools !== undefined) body['tools'] = request.tools.flatMap((tool) => encodeTool(tool, encoder))
  if (request.toolChoice !== undefined) body['tool_choice'] = encodeToolChoice(request.toolChoice)
  if (request.output !== undefined) body['response_format'] = encodeOutput(request.output)
  if (request.reasoning !== undefined) Object.assign(body, encodeReasoning(request.reasoning, encoder))
  if (request.stream !== undefined) body['stream'] = request.stream
  if (request.stream && quirks.streamOptions !== false) {
    body['stream_options'] = { ...(options as Fields | undefined), include_usage: true }
  }
  for (const name of quirks.unsupported ?? []) {
    if (body[name] === undefined) continue
    delete body[name]
    encoder.warn(`\`${name}\` was left out: the provider does not take it.`)
  }
  for (const name in quirks.rename) {
    if (body[name] === undefined) continue
    body[quirks.rename[name]!] = body[name]
    delete body[name]
  }
  return {
    path: '/chat/completions',
    body: quirks.patch ? quirks.patch(body) : body,
    ...(warnings.size > 0 && { warnings: [...warnings] }),
  }
}

/** Reads a request of an application. Throws `invalid_request`, naming the field. */
export function decodeRequest(body: unknown, door: Door): ChatRequest {
  if (!isFields(body)) throw invalid('the body', 'a JSON object')
  const { messages, stream } = body
  const model = body['model'] ?? door.model
  const stop = optional(body, 'stop', 'a string or a list of strings', (value) =>
    typeof value === 'string' ? [value] : isStrings(value) ? value : undefined,
  )
  const scalar: Record<string, unknown> = {}
  for (const [name, field, type] of scalars) {
    const value = body[name] ?? (name === 'max_completion_tokens' ? body['max_tokens'] : undefined)
    if (value === undefined || value === null) continue
    if (type === 'list' ? !Array.isArray(value) : type === 'object' ? !isFields(value) : typeof value !== type) {
      throw invalid(`\`${name}\``, `${type === 'object' ? 'an' : 'a'} ${type}`)
    }
    scalar[field] = value
  }
  if (typeof model !== 'string' || model === '') throw invalid('`model`', 'the name of a model')
  if (!Array.isArray(messages)) throw invalid('`messages`', 'a list of messages')
  const topK = optional(body, 'top_k', 'a number', (value) => (typeof value === 'number' ? value : undefined))
  const tools = optional(body, 'tools', 'a list of tools', (value) =>
    Array.isArray(value) ? value.map((tool, index) => decodeTool(tool, `\`tools[${index}]\``)) : undefined,
  )
  const choice = decodeToolChoice(body['tool_choice'])
  const output = decodeOutput(body['response_format'])
  const reasoning = decodeReasoning(body)
  const rest = unknownFields(body, [
    ...knownFields,
    ...(choice === undefined ? [] : ['tool_choice']),
    ...(output === undefined ? [] : ['response_format']),
    ...(reasoning?.effort === undefined ? [] : ['reasoning_effort']),
  ])
  return {
    model,
    messages: messages.map((message, index) => decodeRequestMessage(message, `messages[${index}]`)),
    ...(stream !== undefined && stream !== null && { stream: stream === true }),
    ...scalar,
    ...(topK !== undefined && { topK }),
    ...(stop && { stop }),
    ...(tools && { tools }),
    ...(choice !== undefined && { toolChoice: choice }),
    ...(output && { output }),
    ...(reasoning && { reasoning }),
    ...extend(rest),
  }
}

interface Encoder {
  readonly quirks: OpenAIChatQuirks
  readonly warn: (text: string) => void
}

/** The fields that mean the same on both sides: their names here, ours, and what they are. */
// biome-ignore format: a table
const scalars = [
  ['max_completion_tokens', 'maxOutputTokens',   'number'],
  ['temperature',           'temperature',       'number'],
  ['top_p',                 'topP',              'number'],
  ['seed',                  'seed',              'number'],
  ['frequency_penalty',     'frequencyPenalty',  'number'],
  ['presence_penalty',      'presencePenalty',   'number'],
  ['logit_bias',            'logitBias',         'object'],
  ['logprobs',              'logprobs',          'boolean'],
  ['top_logprobs',          'topLogprobs',       'number'],
  ['n',                     'n',                 'number'],
  ['service_tier',          'serviceTier',       'string'],
  ['user',                  'user',              'string'],
  ['metadata',              'metadata',          'object'],
  ['store',                 'store',             'boolean'],
  ['modalities',            'modalities',        'list'],
  ['parallel_tool_calls',   'parallelToolCalls', 'boolean'],
] as const satisfies readonly (readonly [string, keyof ChatRequest, string])[]

/** What cannot be told apart from unknown by its name alone, such as a choice of tools, is added where it was understood. */
const knownFields = [
  'model',
  'messages',
  'stream',
  'max_tokens',
  'top_k',
  'stop',
  'tools',
  'reasoning',
  ...scalars.map(([name]) => name),
]

function encodeMessages(messages: readonly Message[], encoder: Encoder): Fields[] {
  const encoded: Fields[] = []
  // Pictures of tools follow in a message of the user's, after the results of all calls of the turn.
  let moved: unknown[] = []
  for (const message of messages) {
    const results = message.content.filter((part) => part.type === 'tool-result')
    if (results.length === 0 && moved.length > 0) {
      encoded.push({ role: 'user', content: moved })
      moved = []
    }
    for (const result of results) encoded.push(encodeToolResult(result, message, moved, encoder))
    if (message.role === 'tool' && results.length === message.content.length) continue
    const rest = results.length === 0 ? message.content : message.content.filter((part) => part.type !== 'tool-result')
    if (rest.length === 0 && results.length > 0) continue
    if (message.role === 'assistant') {
      encoded.push(encodeAssistant(message, moved, encoder))
      continue
    }
    const content = encodeContent(rest, encoder)
    const role =
      message.role === 'tool'
        ? 'user'
        : encoder.quirks.developerRole === false && message.role === 'developer'
          ? 'system'
          : message.role
    if (role === 'user' && moved.length > 0) {
      encoded.push({
        ...frame(message, encoder),
        role,
        content: [...moved, ...(typeof content === 'string' ? [{ type: 'text', text: content }] : content)],
      })
      moved = []
    } else encoded.push({ ...frame(message, encoder), role, content })
  }
  if (moved.length > 0) encoded.push({ role: 'user', content: moved })
  return encoded
}

/** What a message has besides its role and its content. */
function frame({ name, extensions }: Pick<Message, 'name' | 'extensions'>, { quirks, warn }: Encoder): Fields {
  const own = ownFields(extensions)
  if (name === undefined) return { ...own }
  if (!quirks.unsupported?.includes('messages.name')) return { ...own, name }
  warn('The names in messages were left out: the provider does not take them.')
  return { ...own }
}

function encodeToolResult(result: ToolResultPart, message: Message, moved: unknown[], encoder: Encoder): Fields {
  const { id, name, content, isError, extensions } = result
  if (isError) encoder.warn('That a tool failed could not be said: its result went out like any other.')
  const parts = typeof content === 'string' ? [] : content
  const texts = parts
    .filter((part) => part.type !== 'extension' || part.dialect === dialectId)
    .filter((part) => !isMedia(part))
  const media = parts.filter(isMedia)
  if (media.length > 0) {
    encoder.warn('Media in the results of tools went out in a message of the user: the format takes only text there.')
    for (const part of media) moved.push(...encodeParts([part], encoder))
  }
  return {
    ...frame({ name: name ?? message.name, extensions: message.extensions }, encoder),
    ...ownFields(extensions),
    role: 'tool',
    tool_call_id: id,
    content: typeof content === 'string' ? content : encodeContent(texts, encoder),
    ...cacheControl(result, encoder),
  }
}

function encodeAssistant(message: Message, moved: unknown[], encoder: Encoder): Fields {
  const parts = message.content as readonly AnswerPart[]
  const own = ownFields(message.extensions)
  const calls = parts.filter((part) => part.type === 'tool-call').map(encodeToolCall)
  const refusal = wordsOf(parts, 'refusal')
  const said = parts.filter(({ type }) => type === 'text' || type === 'extension')
  const [audio, ...media] = parts.filter(isMedia).sort(({ type }) => (type === 'audio' ? -1 : 1))
  const audioId = audio?.type === 'audio' ? ownFields(audio.extensions)?.['id'] : undefined
  if (audio && audioId === undefined) media.unshift(audio)
  if (media.length > 0) {
    encoder.warn('Media that the model made went out in a message of the user: the format takes them back only there.')
    moved.push(...encodeParts(media, encoder))
  }
  const content =
    said.length > 0
      ? encodeContent(said, encoder)
      : calls.length > 0 || refusal !== undefined || audioId !== undefined || own?.['audio']
        ? null
        : ''
  return {
    ...frame(message, encoder),
    role: 'assistant',
    content,
    ...(refusal !== undefined && { refusal }),
    ...(audioId !== undefined && { audio: { id: audioId } }),
    ...encodeThoughts(parts, calls.length > 0, encoder),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** What the model thought in a former turn, for those who want it back. Proofs of other formats stay here. */
function encodeThoughts(parts: readonly AnswerPart[], hasCalls: boolean, { quirks }: Encoder): Fields | undefined {
  const { reasoningHistory: field, reasoningHistoryWithToolCalls: onlyWithCalls } = quirks
  if (field === undefined || (onlyWithCalls && !hasCalls)) return undefined
  if (field === 'reasoning_details') {
    const own = parts
      .filter((part) => part.type === 'reasoning')
      .filter(({ signature }) => signature?.origin === dialectId || !signature)
    const details = encodeDetails(own)
    if (details.length > 0) return { reasoning_details: details }
  }
  // DeepSeek refuses a turn with calls that lacks its thoughts, even where there were none.
  const text = wordsOf(parts, 'reasoning') ?? (onlyWithCalls ? '' : undefined)
  return text || onlyWithCalls ? { [field === 'reasoning_details' ? 'reasoning' : field]: text } : undefined
}

function encodeContent(parts: readonly Part[], encoder: Encoder): string | unknown[] {
  if (parts.length === 0) return ''
  const encoded = encodeParts(parts, encoder)
  const [first] = encoded
  // A lone text goes out as a string: not every provider takes lists.
  return encoded.length === 1 && isFields(first) && first['type'] === 'text' && Object.keys(first).length === 2
    ? (first['text'] as string)
    : encoded
}

function encodeParts(parts: readonly Part[], encoder: Encoder): unknown[] {
  return parts.flatMap((part) => {
    switch (part.type) {
      case 'text':
        return [{ ...ownFields(part.extensions), type: 'text', text: part.text, ...cacheControl(part, encoder) }]
      case 'image':
      case 'audio':
      case 'video':
      case 'file':
        return [{ ...encodeMedia(part, encoder), ...cacheControl(part, encoder) }]
      case 'extension':
        if (part.dialect === dialectId) return [part.value]
        encoder.warn(`A part of a message was left out: only the format ${part.dialect} can say it.`)
        return []
      default:
        encoder.warn(`A part of type ${part.type} was left out: it has no place in a message of that role.`)
        return []
    }
  })
}

function encodeMedia(part: MediaPart, { warn }: Encoder): Fields {
  const { type, source, name, detail, extensions } = part
  const own = ownFields(extensions) ?? {}
  const nested = (field: string, value: Fields): Fields => ({
    ...own,
    type: field,
    [field]: { ...(own[field] as Fields | undefined), ...value },
  })
  if (source.type === 'text') {
    warn('A document of plain text went out as text.')
    return { type: 'text', text: source.text }
  }
  if (source.type === 'file-id')
    return nested('file', { file_id: source.id, ...(name !== undefined && { filename: name }) })
  const url = mediaUrl(source)
  if (type === 'image') return nested('image_url', { url, ...(detail !== undefined && { detail }) })
  if (type === 'video') return nested('video_url', { url })
  if (type === 'audio' && source.type === 'base64') {
    const format = source.mediaType.replace(/^audio\/(x-)?/, '')
    return nested('input_audio', { data: source.data, format: format === 'mpeg' ? 'mp3' : format })
  }
  return nested('file', { ...(name !== undefined && { filename: name }), file_data: url })
}

function cacheControl(
  { cache }: { readonly cache?: CacheMark | undefined },
  { quirks, warn }: Encoder,
): Fields | undefined {
  if (!cache) return undefined
  if (quirks.cacheControl)
    return { cache_control: { type: 'ephemeral', ...(cache.ttl !== undefined && { ttl: cache.ttl }) } }
  warn('Marks for the prompt cache were left out: the provider caches by itself, or not at all.')
  return undefined
}

function encodeTool(tool: Tool | HostedTool, encoder: Encoder): readonly Fields[] {
  if (tool.type === 'hosted') {
    if (tool.dialect === dialectId) return [tool.value]
    encoder.warn(`A hosted tool was left out: only the format ${tool.dialect} knows it.`)
    return []
  }
  const { name, description, parameters, strict, extensions } = tool
  const { function: inner, ...own } = ownFields(extensions) ?? {}
  const definition = {
    ...(inner as Fields | undefined),
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
  }
  return [{ ...own, type: 'function', function: definition, ...cacheControl(tool, encoder) }]
}

function encodeToolChoice(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.tool } }
}

function encodeOutput(output: OutputFormat): Fields {
  if (output.type === 'text') return { type: 'text' }
  if (output.type === 'json') return { type: 'json_object' }
  const { schema, name = 'response', description, strict, extensions } = output
  const { json_schema: inner, ...own } = ownFields(extensions) ?? {}
  const definition = {
    ...(inner as Fields | undefined),
    name,
    schema,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  }
  return { ...own, type: 'json_schema', json_schema: definition }
}

function encodeReasoning(reasoning: Reasoning, { quirks, warn }: Encoder): Fields {
  const { effort, budgetTokens, visible, extensions } = reasoning
  if (quirks.reasoningRequest === 'reasoning') {
    return {
      reasoning: {
        ...ownFields(extensions),
        ...(effort !== undefined && { effort }),
        ...(budgetTokens !== undefined && { max_tokens: budgetTokens }),
        ...(visible !== undefined && { exclude: !visible }),
      },
    }
  }
  if (visible !== undefined) warn('Whether thoughts are shown was left out: the provider has its own way.')
  if (budgetTokens !== undefined && effort === undefined)
    warn('The budget for reasoning went out as an effort in words.')
  const word = effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens))
  if (word === undefined) return {}
  if (quirks.reasoningRequest !== 'thinking') return { reasoning_effort: word }
  return word === 'none'
    ? { thinking: { type: 'disabled' } }
    : { thinking: { type: 'enabled' }, reasoning_effort: word }
}

function effortOf(budgetTokens: number): NonNullable<Reasoning['effort']> {
  if (budgetTokens <= 0) return 'none'
  return budgetTokens < 4096 ? 'low' : budgetTokens < 16_384 ? 'medium' : 'high'
}

function decodeRequestMessage(message: unknown, place: string): Message {
  if (!isFields(message)) throw invalid(`\`${place}\``, 'a message')
  const { role, content, name, tool_call_id: id } = message
  if (!isRole(role)) throw invalid(`\`${place}.role\``, roles.join(', '))
  if (name !== undefined && name !== null && typeof name !== 'string') throw invalid(`\`${place}.name\``, 'a string')
  const named = typeof name === 'string' ? { name } : undefined
  if (role === 'tool') {
    if (typeof id !== 'string') throw invalid(`\`${place}.tool_call_id\``, 'the id of a tool call')
    const result =
      typeof content === 'string'
        ? content
        : (decodeContent(content, place) as (TextPart | MediaPart | ExtensionPart)[])
    return {
      role,
      content: [{ type: 'tool-result', id, ...named, content: result, ...decodeCache(message) }],
      ...extend(unknownFields(message, ['role', 'content', 'name', 'tool_call_id', 'cache_control'])),
    }
  }
  if (role !== 'assistant') {
    return {
      role,
      content: decodeContent(content, place),
      ...named,
      ...extend(unknownFields(message, ['role', 'content', 'name'])),
    }
  }
  return decodeAssistant(message, place)
}

function decodeAssistant(message: Fields, place: string): Message {
  const { content, name, tool_calls: calls } = message
  if (calls !== undefined && calls !== null && !(Array.isArray(calls) && calls.every(isFields))) {
    throw invalid(`\`${place}.tool_calls\``, 'a list of tool calls')
  }
  // Sound of a former turn is only named.
  const heard = isFields(message['audio']) && message['audio']['data'] !== undefined
  const text = typeof content === 'string' || content === undefined || content === null
  const wire: WireMessage = message
  const said = decodeMessage({
    ...wire,
    content: typeof content === 'string' ? content : null,
    audio: heard ? (wire.audio ?? null) : null,
  })
  const thoughts = said.filter(({ type }) => type === 'reasoning')
  const rest = unknownFields(message, heard ? assistantFields : assistantFieldsButAudio)
  return {
    role: 'assistant',
    content: text
      ? said
      : [...thoughts, ...decodeContent(content, place), ...said.filter(({ type }) => type !== 'reasoning')],
    ...(typeof name === 'string' && { name }),
    ...extend(rest?.['audio'] === null ? unknownFields(rest, ['audio']) : rest),
  }
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const
const assistantFieldsButAudio = [
  'role',
  'content',
  'name',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
  'images',
]
const assistantFields = [...assistantFieldsButAudio, 'audio']

function isRole(role: unknown): role is Message['role'] {
  return (roles as readonly unknown[]).includes(role)
}

function decodeContent(content: unknown, place: string): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw invalid(`\`${place}.content\``, 'a string or a list of parts')
  return content.map((part: unknown, index) => decodePart(part, `${place}.content[${index}]`))
}

function decodePart(part: unknown, place: string): Part {
  if (!isFields(part) || typeof part['type'] !== 'string') throw invalid(`\`${place}\``, 'a part with a `type`')
  const { type } = part
  const decode = Object.hasOwn(decoders, type) ? decoders[type] : undefined
  if (!decode) return { type: 'extension', dialect: dialectId, value: part }
  const inner = part[type]
  if (type !== 'text' && type !== 'refusal' && !isFields(inner)) throw invalid(`\`${place}.${type}\``, 'an object')
  const [known, innerKnown] = decode(part, isFields(inner) ? inner : {}, place)
  const rest = unknownFields(part, ['type', type, 'cache_control'])
  const innerRest = isFields(inner) ? unknownFields(inner, innerKnown) : undefined
  return { ...known, ...decodeCache(part), ...extend(innerRest ? { ...rest, [type]: innerRest } : rest) } as Part
}

type DecodedPart = readonly [part: Part, known: readonly string[]]

const decoders: Readonly<Record<string, (part: Fields, inner: Fields, place: string) => DecodedPart>> = {
  text: ({ text }, _, place) => [{ type: 'text', text: textAt(text, `${place}.text`) }, []],
  refusal: ({ refusal }, _, place) => [{ type: 'refusal', text: textAt(refusal, `${place}.refusal`) }, []],
  image_url: (_, { url, detail }, place) => [
    {
      type: 'image',
      source: sourceAt(url, `${place}.image_url.url`),
      ...(typeof detail === 'string' && { detail: detail as NonNullable<MediaPart['detail']> }),
    },
    ['url', 'detail'],
  ],
  video_url: (_, { url }, place) => [{ type: 'video', source: sourceAt(url, `${place}.video_url.url`) }, ['url']],
  input_audio: (_, { data, format }, place) => [
    {
      type: 'audio',
      source: {
        type: 'base64',
        data: textAt(data, `${place}.input_audio.data`),
        mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${textAt(format, `${place}.input_audio.format`)}`,
      },
    },
    ['data', 'format'],
  ],
  file: (_, { file_id: id, file_data: data, filename: name }, place) => [
    {
      type: 'file',
      source: typeof id === 'string' ? { type: 'file-id', id } : sourceAt(data, `${place}.file.file_data`),
      ...(typeof name === 'string' && { name }),
    },
    ['file_id', 'file_data', 'filename'],
  ],
}

function textAt(value: unknown, place: string): string {
  if (typeof value !== 'string') throw invalid(`\`${place}\``, 'a string')
  return value
}

function sourceAt(value: unknown, place: string): MediaPart['source'] {
  const url = textAt(value, place)
  const inline = parseDataUrl(url)
  return inline ? { type: 'base64', ...inline } : { type: 'url', url }
}

function decodeCache({ cache_control: mark }: Fields): { readonly cache: CacheMark } | undefined {
  if (!isFields(mark)) return undefined
  const { ttl } = mark
  return { cache: ttl === '5m' || ttl === '1h' ? { ttl } : {} }
}

function decodeTool(tool: unknown, place: string): Tool | HostedTool {
  if (!isFields(tool)) throw invalid(place, 'a tool')
  if (tool['type'] !== 'function') return { type: 'hosted', dialect: dialectId, value: tool }
  const { function: definition } = tool
  if (!isFields(definition) || typeof definition['name'] !== 'string') {
    throw invalid(`${place.slice(0, -1)}.function\``, 'a function with a `name`')
  }
  const { name, description, parameters, strict } = definition
  const rest = unknownFields(tool, ['type', 'function', 'cache_control'])
  const inner = unknownFields(definition, [
    'name',
    ...(typeof description === 'string' ? ['description'] : []),
    ...(isFields(parameters) ? ['parameters'] : []),
    ...(typeof strict === 'boolean' ? ['strict'] : []),
  ])
  return {
    type: 'function',
    name,
    ...(typeof description === 'string' && { description }),
    ...(isFields(parameters) && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
    ...decodeCache(tool),
    ...extend(inner ? { ...rest, function: inner } : rest),
  }
}

/** Undefined for what has no name of ours, such as a list of allowed tools: it stays as it is. */
function decodeToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  if (choice === 'any') return 'required'
  if (!isFields(choice) || choice['type'] !== 'function' || !isFields(choice['function'])) return undefined
  const { name } = choice['function']
  return typeof name === 'string' ? { tool: name } : undefined
}

function decodeOutput(format: unknown): OutputFormat | undefined {
  if (!isFields(format)) return undefined
  if (format['type'] === 'text') return { type: 'text' }
  if (format['type'] === 'json_object') return { type: 'json' }
  const { json_schema: definition } = format
  if (format['type'] !== 'json_schema' || !isFields(definition)) return undefined
  const { name, description, schema, strict } = definition
  if (!isFields(schema)) throw invalid('`response_format.json_schema.schema`', 'a JSON schema')
  const rest = unknownFields(format, ['type', 'json_schema'])
  const inner = unknownFields(definition, [
    ...['name', 'description', 'schema'],
    ...(typeof strict === 'boolean' ? ['strict'] : []),
  ])
  return {
    type: 'json-schema',
    schema,
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
    ...(typeof strict === 'boolean' && { strict }),
    ...extend(inner ? { ...rest, json_schema: inner } : rest),
  }
}

function decodeReasoning({ reasoning_effort: effort, reasoning }: Fields): Reasoning | undefined {
  if (isEffort(effort)) return { effort }
  if (!isFields(reasoning)) return undefined
  const { effort: word, max_tokens: budget, exclude } = reasoning
  return {
    ...(isEffort(word) && { effort: word }),
    ...(typeof budget === 'number' && { budgetTokens: budget }),
    ...(typeof exclude === 'boolean' && { visible: !exclude }),
    ...extend(unknownFields(reasoning, [...(isEffort(word) ? ['effort'] : []), 'max_tokens', 'exclude'])),
  }
}

const efforts: readonly unknown[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

function isEffort(word: unknown): word is NonNullable<Reasoning['effort']> {
  return efforts.includes(word)
}

function isMedia(part: Part): part is MediaPart {
  return part.type === 'image' || part.type === 'audio' || part.type === 'video' || part.type === 'file'
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function optional<T>(body: Fields, name: string, what: string, read: (value: unknown) => T | undefined): T | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  const known = read(value)
  if (known === undefined) throw invalid(`\`${name}\``, what)
  return known
}

function invalid(place: string, what: string): GatewayError {
  return new GatewayError('invalid_request', `${place} must be ${what}.`)
}
