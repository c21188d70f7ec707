import { LeftOut } from '../../dialects/left-out.ts'
import type { ChatEvent, ChatEventOf } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import { described, encodeExtension, encodeMedia, encodeToolCall, refused, Sources, withCitations } from './content.ts'
import { id } from './provider-options.ts'
import type { ProviderMetadata, SourceCitation, SpecificationVersion, StreamPart } from './specification.ts'
import type { ToolNames } from './tools.ts'

/** A part that was begun and not ended. */
interface Open {
  readonly type: 'text' | 'refusal' | 'reasoning' | 'tool-call'
  readonly id: string
  /** A part without words is not begun at all. */
  begun: boolean
  readonly toolName: string
  input: string
  readonly citations: SourceCitation[]
}

/** Turns the events of an answer into the parts of a stream, up to its end. The AI SDK knows one answer only: the first. */
export class StreamEncoder<V extends SpecificationVersion> {
  usage: Usage = {}
  finish: ChatEventOf<'finish'> | undefined
  serviceTier: string | undefined
  /** What a model of the AI SDK said at its end. */
  providerMetadata: ProviderMetadata = {}
  /** What this version has no place for. */
  readonly left: LeftOut = new LeftOut()
  readonly #version: V
  readonly #names: ToolNames | undefined
  readonly #open = new Map<number, Open>()
  readonly #sources = new Sources()

  constructor(version: V, names?: ToolNames) {
    this.#version = version
    this.#names = names
  }

  push(event: ChatEvent, out: StreamPart<V>[]): void {
    if ('choice' in event && event.choice !== 0) return
    switch (event.type) {
      case 'message-start': {
        const timestamp = event.created === undefined ? {} : { timestamp: new Date(event.created * 1000) }
        out.push({ type: 'response-metadata', id: event.id, modelId: event.model, ...timestamp })
        break
      }
      case 'text-delta':
        this.#say(event.part, 'text', event.text, out)
        break
      case 'refusal-delta':
        this.#say(event.part, 'refusal', event.text, out)
        break
      case 'reasoning-delta':
        this.#say(event.part, 'reasoning', event.text, out)
        break
      case 'tool-call-start': {
        const open = this.#at(event.part, 'tool-call', event.id, this.#names?.get(event.name) ?? event.name)
        open.begun = true
        out.push({ type: 'tool-input-start', id: open.id, toolName: open.toolName })
        break
      }
      case 'tool-call-delta': {
        const open = this.#open.get(event.part)
        if (!open || event.arguments === '') break
        open.input += event.arguments
        out.push({ type: 'tool-input-delta', id: open.id, delta: event.arguments })
        break
      }
      case 'citation': {
        const open = this.#at(event.part, 'text')
        open.citations.push(this.#sources.cite(event.citation))
        out.push(...this.#sources.fresh())
        break
      }
      case 'part': {
        const { content } = event
        const parts =
          content.type === 'extension'
            ? encodeExtension(content, this.#version, this.left.leaveOut)
            : encodeMedia(content, this.#version, this.#sources, this.left.leaveOut)
        out.push(...(parts as StreamPart<V>[]))
        break
      }
      case 'part-end':
        this.#close(event.part, described(event.signature), out)
        break
      case 'finish':
        this.finish = event
        break
      case 'usage':
        this.usage = event.usage
        break
      case 'message-end':
        this.serviceTier = event.serviceTier
        this.providerMetadata = (event.extensions?.[id]?.['providerMetadata'] ?? {}) as ProviderMetadata
    }
  }

  /** Ends what is still open. */
  end(out: StreamPart<V>[]): void {
    for (const part of [...this.#open.keys()]) this.#close(part, {}, out)
  }

  #at(part: number, type: Open['type'], id = String(part), toolName = ''): Open {
    let open = this.#open.get(part)
    if (!open) this.#open.set(part, (open = { type, id, begun: false, toolName, input: '', citations: [] }))
    return open
  }

  #say(part: number, type: Open['type'], delta: string, out: StreamPart<V>[]): void {
    const open = this.#at(part, type)
    if (delta === '') return
    this.#begin(open, out)
    out.push({ type: open.type === 'reasoning' ? 'reasoning-delta' : 'text-delta', id: open.id, delta })
  }

  #begin(open: Open, out: StreamPart<V>[]): void {
    if (open.begun) return
    open.begun = true
    const metadata = open.type === 'refusal' ? { providerMetadata: refused } : {}
    out.push({ type: open.type === 'reasoning' ? 'reasoning-start' : 'text-start', id: open.id, ...metadata })
  }

  #close(part: number, metadata: ReturnType<typeof described>, out: StreamPart<V>[]): void {
    const open = this.#open.get(part)
    if (!open) return
    this.#open.delete(part)
    if (open.type === 'tool-call') {
      const call = encodeToolCall({ id: open.id, name: open.toolName, arguments: open.input })
      out.push({ type: 'tool-input-end', id: open.id }, { ...call, ...metadata })
      return
    }
    // A thought may be all proof and no words. What is only cited is a source already.
    if (!open.begun && !metadata.providerMetadata) return
    this.#begin(open, out)
    if (open.type === 'reasoning') out.push({ type: 'reasoning-end', id: open.id, ...metadata })
    else
      out.push(...withCitations({ type: 'text-end' as const, id: open.id, ...metadata }, open.citations, this.#version))
  }
}
