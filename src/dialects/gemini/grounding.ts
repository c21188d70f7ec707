import type { Citation } from '../../operations/chat/index.ts'
import { extended, type WireCandidate, type WireCitation, type WireGrounding } from './wire.ts'

/** The citations that rest on a text; the others are kept for the texts that follow. */
export interface Sources {
  /** Takes what a candidate says. Each time it says all: the last word counts. */
  learn(candidate: WireCandidate): void
  take(text: string): readonly Citation[]
}

/** Collects the sources of a candidate, for they come with the last piece of its text or after it. */
export function sources(): Sources {
  let grounding: WireGrounding = {}
  let citations: readonly WireCitation[] = []
  let taken = new Set<unknown>()
  return {
    learn({ groundingMetadata, citationMetadata }) {
      if (groundingMetadata?.groundingChunks) {
        grounding = groundingMetadata
        taken = new Set()
      }
      if (citationMetadata?.citations) citations = citationMetadata.citations
    },
    take(text) {
      const { groundingChunks = [], groundingSupports } = grounding
      if (groundingChunks.length === 0 && citations.length === 0) return []
      const offset = offsets(text)
      const found: Citation[] = []
      for (const { uri, title, startIndex, endIndex, ...rest } of citations) {
        const said = {
          ...(uri !== undefined && { url: uri }),
          ...(title !== undefined && { title }),
          ...extended(rest),
        }
        if (Object.keys(said).length > 0) found.push({ ...said, ...offset(startIndex, endIndex) })
      }
      citations = []
      // Without supports, the whole answer rests on each source.
      const supports = groundingSupports ?? [{ groundingChunkIndices: [...groundingChunks.keys()] }]
      for (const support of supports) {
        const { segment, groundingChunkIndices = [] } = support
        if (taken.has(support) || (segment?.text !== undefined && !text.includes(segment.text))) continue
        taken.add(support)
        const range = segment && offset(segment.startIndex, segment.endIndex)
        for (const index of groundingChunkIndices) {
          const [source] = Object.values(groundingChunks[index] ?? {})
          if (!source) continue
          const { uri, title, text: words } = source
          found.push({
            ...(uri !== undefined && { url: uri }),
            ...(title !== undefined && { title }),
            ...(words !== undefined && { text: words }),
            ...range,
          })
        }
      }
      if (!groundingSupports) grounding = {}
      return found
    },
  }
}

/** Turns a range in bytes of UTF-8 into one in characters, as JavaScript counts them. */
function offsets(text: string): (start?: number, end?: number) => { start?: number; end?: number } {
  const bytes = new TextEncoder().encode(text)
  const decoder = new TextDecoder()
  const at = (index: number): number => decoder.decode(bytes.subarray(0, index)).length
  return (start = 0, end) => (end === undefined || end > bytes.length ? {} : { start: at(start), end: at(end) })
}

/** Writes the citations of a text. */
export function encodeCitations(text: string, citations: readonly Citation[]): readonly WireCitation[] {
  const encoder = new TextEncoder()
  const at = (index: number): number => encoder.encode(text.slice(0, index)).length
  return citations.map(({ url, title, start, end, extensions }) => ({
    ...extensions?.['gemini'],
    ...(url !== undefined && { uri: url }),
    ...(title !== undefined && { title }),
    ...(end !== undefined && { startIndex: at(start ?? 0), endIndex: at(end) }),
  }))
}
