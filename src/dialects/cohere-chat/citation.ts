import type { Citation } from '../../operations/chat/index.ts'
import { compact, type Fields, isFields } from '../fields.ts'
import { extensionsOf, own, type WireCitation, type WireSource } from './wire.ts'

/**
 * Reads a citation: one of ours for each of its sources, for ours has one address. The first keeps it as it came, so
 * that it can be sent back.
 */
export function decodeCitation(wire: WireCitation): Citation[] {
  const { start, end, sources } = wire
  const whole = extensionsOf(wire as Fields)
  const found = (sources ?? []).filter(isFields).map(decodeSource)
  return (found.length > 0 ? found : [{}]).map((source, index) =>
    compact<Citation>({ ...source, start, end, extensions: index === 0 ? whole : undefined }),
  )
}

/** Writes the citations of a text back; those of other dialects have no place here. */
export function encodeCitations(citations: readonly Citation[]): Fields[] {
  return citations.map(own).filter((wire) => wire !== undefined)
}

/** A document and what a tool gave differ in where their fields are, and both have whatever fields the application chose. */
function decodeSource({ id, document, tool_output }: WireSource): Citation {
  const { title, url, text, content, snippet } = document ?? tool_output ?? {}
  return compact<Citation>({
    url: string(url) ?? (/^https?:\/\//.test(id ?? '') ? id : undefined),
    title: string(title),
    text: string(text) ?? string(snippet) ?? string(content),
  })
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
