import type { LeaveOut } from '../../dialects/left-out.ts'
import type {
  AnswerPart,
  Citation,
  ExtensionPart,
  MediaPart,
  Signature,
  ToolCallPart,
} from '../../operations/chat/index.ts'
import { encodeFileData } from './file-data.ts'
import { id, own } from './provider-options.ts'
import { encodeSignature } from './signature.ts'
import type {
  Content,
  FileContent,
  JSONObject,
  ProviderMetadata,
  Source,
  SourceCitation,
  SpecificationVersion,
  ToolCallContent,
} from './specification.ts'
import type { ToolNames } from './tools.ts'

/** Writes the parts of an answer. */
export function encodeContent<V extends SpecificationVersion>(
  parts: readonly AnswerPart[],
  version: V,
  sources: Sources,
  leaveOut: LeaveOut,
  names?: ToolNames,
): Content<V>[] {
  return parts.flatMap((part): Content<V>[] => {
    switch (part.type) {
      case 'text': {
        const citations = part.citations?.map((citation) => sources.cite(citation)) ?? []
        // An empty text says nothing, unless it carries a proof.
        if (part.text === '' && !part.signature) return sources.fresh()
        const text = { type: 'text', text: part.text, ...described(part.signature) } as const
        return [...withCitations(text, citations, version), ...sources.fresh()]
      }
      case 'refusal':
        return [{ type: 'text', text: part.text, providerMetadata: refused }]
      case 'reasoning':
        return [{ type: 'reasoning', text: part.text, ...described(part.signature) }]
      case 'tool-call':
        return [encodeToolCall(part, names)]
      case 'extension':
        return encodeExtension(part, version, leaveOut)
      default:
        return encodeMedia(part, version, sources, leaveOut)
    }
  })
}

/** Marks a text as a refusal, so that it is one again when it comes back. */
export const refused: ProviderMetadata = { [own]: { refusal: true } }

/** Writes a call of a tool. */
export function encodeToolCall(
  { id, name, arguments: text, signature }: Omit<ToolCallPart, 'type'>,
  names?: ToolNames,
): ToolCallContent {
  const toolName = names?.get(name) ?? name
  return { type: 'tool-call', toolCallId: id, toolName, input: text || '{}', ...described(signature) }
}

/** A signature, as metadata of its part. */
export function described(signature: Signature | undefined): { providerMetadata?: ProviderMetadata } {
  return signature ? { providerMetadata: encodeSignature(signature) } : {}
}

/** Writes what comes whole: media. Before version 4 there is no file at an address, nor ever at half of one: it is named as a source. */
export function encodeMedia<V extends SpecificationVersion>(
  part: MediaPart,
  version: V,
  sources: Sources,
  leaveOut: LeaveOut,
): Content<V>[] {
  const { data, mediaType } = encodeFileData(part.source, own)
  const metadata: ProviderMetadata = { ...described(part.signature).providerMetadata }
  if (part.transcript !== undefined) metadata[own] = { ...metadata[own], transcript: part.transcript }
  const file = {
    type: 'file' as const,
    mediaType: mediaType === 'application/octet-stream' && part.type !== 'file' ? `${part.type}/*` : mediaType,
    ...(Object.keys(metadata).length > 0 && { providerMetadata: metadata }),
  }
  if (data instanceof Object && 'type' in data && data.type === 'data' && typeof data.data === 'string') {
    const given = version === 'v4' ? { type: 'data' as const, data: data.data } : data.data
    return [{ ...file, data: given } as FileContent<V>]
  }
  if (part.source.type !== 'url') {
    leaveOut('A file of the answer', 'only its id is known')
    return []
  }
  if (version === 'v4' && URL.canParse(part.source.url)) {
    return [{ ...file, data: { type: 'url', url: new URL(part.source.url) } } as FileContent<V>]
  }
  sources.cite({ url: part.source.url, ...(part.name !== undefined && { title: part.name }) })
  return sources.fresh()
}

/**
 * Writes what only one dialect can say. What the AI SDK itself said goes as it came; the rest only version 4 has a
 * place for, in which it comes back with the next prompt.
 */
export function encodeExtension<V extends SpecificationVersion>(
  part: ExtensionPart,
  version: V,
  leaveOut: LeaveOut,
): Content<V>[] {
  if (part.dialect === id) return [part.value as Content<V>]
  if (version !== 'v4') {
    leaveOut(
      `A part of the answer that only ${part.dialect} can say`,
      `specificationVersion '${version}' has no place for it, 'v4' has`,
    )
    return []
  }
  const metadata = { [own]: { part: { ...part } as unknown as JSONObject } }
  return [{ type: 'custom', kind: 'zerohop.part', providerMetadata: metadata } as unknown as Content<V>]
}

/** Adds what a text rests on, in the version that has a place for it. */
export function withCitations<T extends object>(text: T, citations: SourceCitation[], version: string): T[] {
  return [citations.length > 0 && version === 'v4' ? { ...text, citations } : text]
}

/** The sources of one answer, each named once. */
export class Sources {
  readonly #known = new Map<string, Source>()
  #fresh: Source[] = []

  /** Names where words come from. */
  cite({ url, title, text, start, end }: Citation): SourceCitation {
    const place = url ?? title ?? ''
    let source = this.#known.get(place)
    if (!source) {
      const id = `source-${this.#known.size + 1}`
      source =
        url === undefined
          ? { type: 'source', sourceType: 'document', id, mediaType: 'text/plain', title: place }
          : { type: 'source', sourceType: 'url', id, url, ...(title !== undefined && { title }) }
      this.#known.set(place, source)
      this.#fresh.push(source)
    }
    return {
      source,
      ...(start !== undefined && { startIndex: start }),
      ...(end !== undefined && { endIndex: end }),
      ...(text !== undefined && { citedText: text }),
    }
  }

  /** Those that were not handed out yet. */
  fresh(): Source[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }
}
