import { base64Of } from '../../dialects/base64.ts'
import { mergeOptions } from './provider-options.ts'
import type {
  AnyLanguageModel,
  FileData,
  ModelCall,
  OutputPart,
  PromptMessage,
  PromptPart,
  TaggedData,
  ToolOutput,
} from './specification.ts'

/** Makes of a call, as version 4 says it and JSON holds it, one that a model of any version takes. */
export function callFor(
  { specificationVersion: version, provider }: AnyLanguageModel,
  call: ModelCall,
  abortSignal: AbortSignal | undefined,
): ModelCall {
  const adapt = version === 'v2' || version === 'v3' ? untag : tag
  const prompt = call.prompt.map((message) => messageFor(message, adapt, version))
  if (adapt === tag) return { ...call, prompt, abortSignal }
  const { reasoning, tools, ...rest } = call
  // Before version 4 each provider package has an option of its own for it, under the provider's name.
  const [name = ''] = provider.split('.')
  const options = reasoning && { [name]: { reasoningEffort: reasoning } }
  const providerOptions = mergeOptions(options || undefined, rest.providerOptions)
  return {
    ...rest,
    prompt,
    abortSignal,
    ...(providerOptions && { providerOptions }),
    ...(tools && {
      tools: tools.map((tool) =>
        tool.type === 'provider' && version === 'v2' ? { ...tool, type: 'provider-defined' } : tool,
      ),
    }),
  }
}

/** Makes of the data of a file what a version takes. */
type Adapt = (data: FileData) => FileData

function messageFor(message: PromptMessage, adapt: Adapt, version: string): PromptMessage {
  if (message.role === 'system') return message
  return { ...message, content: message.content.flatMap((part) => partFor(part, adapt, version)) }
}

function partFor(part: PromptPart, adapt: Adapt, version: string): readonly PromptPart[] {
  switch (part.type) {
    case 'file':
      return [{ ...part, data: adapt(part.data) }]
    case 'tool-result':
      return [{ ...part, output: outputFor(part.output, adapt, version) }]
    case 'reasoning-file':
    case 'custom':
      return adapt === tag ? [part.data ? { ...part, data: adapt(part.data) } : part] : []
    case 'tool-approval-request':
    case 'tool-approval-response':
      return version === 'v2' ? [] : [part]
    default:
      return [part]
  }
}

function outputFor(output: ToolOutput, adapt: Adapt, version: string): ToolOutput {
  if (output.type !== 'content') return output
  return { type: 'content', value: output.value.map((piece) => pieceFor(piece, adapt, version)) }
}

function pieceFor(piece: OutputPart, adapt: Adapt, version: string): OutputPart {
  if (piece.type !== 'file') return piece
  const data = adapt(piece.data)
  if (adapt === tag) return { ...piece, data }
  const { mediaType, filename } = piece
  const isImage = mediaType.startsWith('image/')
  if (data instanceof URL) {
    const url = data.href
    return version === 'v2' ? { type: 'text', text: url } : { type: isImage ? 'image-url' : 'file-url', url }
  }
  if (version === 'v2') return { type: 'media', data, mediaType }
  return {
    type: isImage ? 'image-data' : 'file-data',
    data,
    mediaType,
    ...(filename !== undefined && !isImage && { filename }),
  }
}

/** Addresses are objects, which JSON has not. */
function tag(data: FileData): FileData {
  const tagged = data as TaggedData
  return tagged.type === 'url' ? { type: 'url', url: new URL(tagged.url) } : tagged
}

/** Versions 2 and 3 have base64, an address or an id, and no word for which. */
function untag(data: FileData): FileData {
  const tagged = data as TaggedData
  switch (tagged.type) {
    case 'url':
      return new URL(tagged.url)
    case 'text':
      return base64Of(new TextEncoder().encode(tagged.text))
    case 'reference':
      return Object.values(tagged.reference)[0] ?? ''
    default:
      return tagged.data
  }
}
