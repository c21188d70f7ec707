import { base64Of } from '../../dialects/base64.ts'
import type { ExtensionPart, MediaPart, Message, Part } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'
import { decodeFileData, encodeFileData, kindOf } from './file-data.ts'
import { encodeOptions, id, OptionsReader, own } from './provider-options.ts'
import { decodeSignature, encodeSignature } from './signature.ts'
import type {
  FileData,
  PromptFile,
  PromptMessage,
  PromptOther,
  PromptPart,
  PromptText,
  PromptToolCall,
  PromptToolResult,
  ProviderOptions,
} from './specification.ts'
import { decodeToolOutput, encodeToolOutput } from './tool-output.ts'
import type { ToolNames } from './tools.ts'

/** Reads a prompt. */
export function decodePrompt(prompt: readonly PromptMessage[], names?: ToolNames): readonly Message[] {
  return prompt.map((message) => {
    const options = new OptionsReader(message.providerOptions)
    // The mark of a message stands behind its last part.
    const cache = options.takeCacheMark()
    const content: Part[] =
      message.role === 'system'
        ? [{ type: 'text', text: message.content }]
        : message.content.map((part) => decodePart(part, names))
    const last = content.at(-1)
    if (cache && last && last.type !== 'extension') content[content.length - 1] = { cache, ...last }
    return { role: message.role, content, ...options.extensions }
  })
}

/** Writes messages for a model, as version 4 says them. `leaveOut` is told what cannot be said. */
export function encodePrompt(
  messages: readonly Message[],
  provider: string,
  leaveOut: (what: string) => void,
): PromptMessage[] {
  const names = new Map<string, string>()
  return messages.flatMap((message): PromptMessage[] => {
    const { role, content, name } = message
    if (name !== undefined) leaveOut('The name of a participant')
    if (role === 'system' || role === 'developer') {
      return content.flatMap((part): PromptMessage[] => {
        if (part.type !== 'text') return []
        return [{ role: 'system', content: part.text, ...encodeOptions(part, encodeOptions(message).providerOptions) }]
      })
    }
    const parts = content.flatMap((part) => encodePart(part, role, names, provider, leaveOut))
    if (parts.length === 0) return []
    // Other formats let a user bring the results of tools: here these come first, in a message of their own.
    const results = role === 'assistant' ? [] : parts.filter(({ type }) => type.startsWith('tool-'))
    const rest = results.length > 0 ? parts.filter(({ type }) => !type.startsWith('tool-')) : parts
    const options = encodeOptions(message)
    return [
      ...(results.length > 0 ? [{ role: 'tool', content: results, ...options } as const] : []),
      ...(rest.length > 0 ? [{ role: role === 'tool' ? 'user' : role, content: rest, ...options } as const] : []),
    ]
  })
}

function decodePart(part: PromptPart, names: ToolNames | undefined): Part {
  switch (part.type) {
    case 'text': {
      const options = new OptionsReader(part.providerOptions)
      const refusal = options.take(own, 'refusal')
      if (refusal) return { type: 'refusal', text: part.text, ...options.extensions }
      return { type: 'text', text: part.text, ...common(options) }
    }
    case 'reasoning':
      return { type: 'reasoning', text: part.text, ...common(new OptionsReader(part.providerOptions)) }
    case 'file':
      return decodeFile(part)
    case 'tool-call': {
      // The provider's own tools are run by it, and their results stand beside them.
      if (part.providerExecuted) return kept(part)
      return {
        type: 'tool-call',
        id: part.toolCallId,
        name: names?.get(part.toolName) ?? part.toolName,
        // Text is what a model wrote that is no JSON.
        arguments: typeof part.input === 'string' ? part.input : JSON.stringify(part.input ?? {}),
        ...common(new OptionsReader(part.providerOptions)),
      }
    }
    case 'tool-result':
      return decodeResult(part, names)
    default:
      return kept(part)
  }
}

function decodeFile(part: PromptFile): MediaPart {
  const options = new OptionsReader(part.providerOptions)
  const source = decodeFileData(part.data, part.mediaType)
  const name = options.take<string>('anthropic', 'title') ?? part.filename
  const detail = options.take<MediaPart['detail']>('openai', 'imageDetail')
  const document = {
    citations: options.take<object>('anthropic', 'citations'),
    context: options.take<string>('anthropic', 'context'),
  }
  const { extensions, ...rest } = common(options)
  const all = document.citations || document.context ? { ...extensions, 'anthropic-messages': document } : extensions
  return {
    type: kindOf(source.mediaType ?? part.mediaType),
    source,
    ...(name !== undefined && { name }),
    ...(detail && { detail }),
    ...rest,
    ...(all && { extensions: all }),
  }
}

function decodeResult(part: PromptToolResult, names: ToolNames | undefined): Part {
  return {
    type: 'tool-result',
    id: part.toolCallId,
    name: names?.get(part.toolName) ?? part.toolName,
    ...decodeToolOutput(part.output),
    ...common(new OptionsReader(part.providerOptions)),
  }
}

/** What any part may have beside its content. */
function common(options: OptionsReader): Pick<MediaPart, 'cache' | 'signature'> & { extensions?: Extensions } {
  const cache = options.takeCacheMark()
  const signature = decodeSignature(options)
  return { ...(cache && { cache }), ...(signature && { signature }), ...options.extensions }
}

/** Keeps a part that only the AI SDK can say; or gives back what another dialect said through it. */
function kept(part: PromptOther | PromptToolCall): ExtensionPart {
  const original = part.providerOptions?.[own]?.['part'] as ExtensionPart | undefined
  if (original?.type === 'extension') return original
  const data = 'data' in part && part.data ? { data: asText(part.data) } : undefined
  return { type: 'extension', dialect: id, value: { ...part, ...data } }
}

/** Bytes as they can be kept: as base64. */
function asText(data: FileData): FileData {
  if (data instanceof Uint8Array) return base64Of(data)
  if (!(data instanceof URL) && typeof data === 'object' && data.type === 'data') {
    return { type: 'data', data: asText(data.data) as string }
  }
  return data
}

function encodePart(
  part: Part,
  role: Message['role'],
  names: Map<string, string>,
  provider: string,
  leaveOut: (what: string) => void,
): readonly PromptPart[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text, ...signed(part) }]
    case 'refusal':
      return [
        { type: 'text', text: part.text, ...encodeOptions(part, { [own]: { refusal: true } }) } satisfies PromptText,
      ]
    case 'reasoning':
      return role === 'assistant' ? [{ type: 'reasoning', text: part.text, ...signed(part) }] : []
    case 'tool-call':
      names.set(part.id, part.name)
      return [
        {
          type: 'tool-call',
          toolCallId: part.id,
          toolName: part.name,
          input: parsed(part.arguments),
          ...signed(part),
        },
      ]
    case 'tool-result':
      return [
        {
          type: 'tool-result',
          toolCallId: part.id,
          toolName: part.name ?? names.get(part.id) ?? '',
          output: encodeToolOutput(part, provider),
          ...encodeOptions(part),
        },
      ]
    case 'extension':
      if (part.dialect === id) return [part.value as PromptPart]
      leaveOut(`A part that only ${part.dialect} can say`)
      return []
    default: {
      const { data, mediaType } = encodeFileData(part.source, provider)
      const { citations, context } = (part.extensions?.['anthropic-messages'] ?? {}) as Record<string, unknown>
      const document = citations || context ? { anthropic: { citations, context } } : undefined
      const detail = part.detail && { openai: { imageDetail: part.detail } }
      return [
        {
          type: 'file',
          data,
          mediaType: mediaType === 'application/octet-stream' && part.type !== 'file' ? `${part.type}/*` : mediaType,
          ...(part.name !== undefined && { filename: part.name }),
          ...signed(part, document, detail),
        },
      ]
    }
  }
}

function signed(
  part: Exclude<Part, { type: 'extension' | 'refusal' }>,
  ...more: readonly (ProviderOptions | undefined)[]
): { readonly providerOptions?: ProviderOptions } {
  const { signature } = part as MediaPart
  return encodeOptions(part, signature && encodeSignature(signature), ...more)
}

/** The arguments of a call; text that is no JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.trim() || '{}')
  } catch {
    return text
  }
}
