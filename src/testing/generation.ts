import { type Answer, type AnswerContent, contentOf } from './answer.ts'
import { countTokens, countTokensWithin, tokenize } from './tokens.ts'
import { noUsage, type SimulatedUsage } from './usage.ts'
import type { ModelRequest } from './wire-format.ts'

/** As much as a stream says at once. */
export interface Chunk {
  readonly text: string
  readonly tokens: number
}

/** One part of an answer, cut into chunks. */
export type Piece =
  | { readonly type: 'text' | 'refusal'; readonly chunks: readonly Chunk[] }
  | {
      readonly type: 'reasoning'
      readonly chunks: readonly Chunk[]
      readonly signature?: string | undefined
      readonly encrypted?: string | undefined
    }
  | {
      readonly type: 'tool-call'
      readonly id?: string | undefined
      readonly name: string
      readonly nameTokens: number
      readonly chunks: readonly Chunk[]
    }

export interface GeneratedChoice {
  readonly pieces: readonly Piece[]
  /** One of ours, `'refusal'`, or the provider's own word. */
  readonly finishReason: string
}

/** What the simulated model came up with: an answer applied to a request. */
export interface Generation {
  /** Unique in the simulator; each format makes its ids of it. */
  readonly serial: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly model: string
  readonly choices: readonly GeneratedChoice[]
  readonly stopSequence?: string | undefined
  readonly usage: SimulatedUsage
  readonly reportUsage: boolean
}

/** Lets the simulated model answer: counts tokens, and stops where the request allows no more. */
export function generate(
  answer: Answer,
  request: ModelRequest,
  { serial, createdAt }: Pick<Generation, 'serial' | 'createdAt'>,
): Generation {
  const told = answer.usage ?? {}
  // Thoughts that are counted and not shown take room all the same.
  const hidden = Math.max(0, (told.reasoningTokens ?? 0) - reasoningTokensOf(answer.content.map(pieceOf)))
  const room = Math.max(0, request.maxOutputTokens - hidden)
  const choices = Array.from({ length: request.choices }, (_, index) => {
    const contents = answer.choices?.length ? contentOf(answer.choices[index % answer.choices.length]!) : answer.content
    const { pieces, truncated } = truncate(contents.map(pieceOf), room)
    const cut = truncated || hidden > request.maxOutputTokens
    return { pieces, finishReason: cut ? 'length' : (answer.finishReason ?? impliedFinishReason(pieces)) }
  })
  return {
    serial,
    createdAt,
    model: answer.model ?? request.model,
    choices,
    stopSequence: answer.stopSequence,
    usage: usageOf(told, request, choices, Math.min(hidden, request.maxOutputTokens)),
    reportUsage: answer.reportUsage ?? true,
  }
}

/** The text of a piece. */
export function textOf({ chunks }: Piece): string {
  return chunks.map((chunk) => chunk.text).join('')
}

function usageOf(
  told: Partial<SimulatedUsage>,
  request: ModelRequest,
  choices: readonly GeneratedChoice[],
  hidden: number,
): SimulatedUsage {
  const pieces = choices.flatMap((choice) => choice.pieces)
  const { cachedInputTokens = 0, cacheWriteTokens = 0 } = told
  const reasoningTokens = hidden + reasoningTokensOf(pieces)
  const usage = {
    ...noUsage,
    inputTokens: Math.max(countTokensWithin(request.input), cachedInputTokens + cacheWriteTokens),
    outputTokens: pieces.reduce((total, piece) => total + tokensOf(piece), hidden),
    reasoningTokens,
    ...(request.searchUnits !== undefined && { searchUnits: request.searchUnits }),
    ...request.counts,
  }
  for (const [name, tokens] of Object.entries(told)) {
    // What is hidden was cut to the maximum above; all else is as it was told.
    if (tokens !== undefined && name !== 'reasoningTokens') usage[name as keyof SimulatedUsage] = tokens
  }
  return { ...usage, reasoningTokens: Math.min(usage.reasoningTokens, usage.outputTokens) }
}

export function tokensOf(piece: Piece): number {
  return piece.chunks.reduce((total, chunk) => total + chunk.tokens, piece.type === 'tool-call' ? piece.nameTokens : 0)
}

function reasoningTokensOf(pieces: readonly Piece[]): number {
  return pieces.reduce((total, piece) => total + (piece.type === 'reasoning' ? tokensOf(piece) : 0), 0)
}

function impliedFinishReason(pieces: readonly Piece[]): string {
  if (pieces.some((piece) => piece.type === 'tool-call')) return 'tool-calls'
  return pieces.some((piece) => piece.type === 'refusal') ? 'refusal' : 'stop'
}

function pieceOf(content: AnswerContent): Piece {
  switch (content.type) {
    case 'tool-call':
      return {
        type: 'tool-call',
        id: content.id,
        name: content.name,
        nameTokens: countTokens(content.name),
        chunks: chunksOf(argumentsOf(content.arguments)),
      }
    case 'reasoning':
      return {
        type: 'reasoning',
        signature: content.signature,
        encrypted: content.encrypted,
        chunks: content.encrypted ? [{ text: '', tokens: countTokens(content.encrypted) }] : chunksOf(content.text),
      }
    default:
      return { type: content.type, chunks: chunksOf(content.text) }
  }
}

function argumentsOf(value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value
  const isChunks = Array.isArray(value) && value.length > 0 && value.every((chunk) => typeof chunk === 'string')
  return isChunks ? value : JSON.stringify(value ?? {})
}

function chunksOf(text: string | readonly string[]): readonly Chunk[] {
  return typeof text === 'string'
    ? tokenize(text).map((token) => ({ text: token, tokens: 1 }))
    : text.map((chunk) => ({ text: chunk, tokens: countTokens(chunk) }))
}

/** Keeps what fits into the maximum of tokens, down to a part of a chunk. */
function truncate(pieces: readonly Piece[], room: number): { pieces: readonly Piece[]; truncated: boolean } {
  const kept: Piece[] = []
  for (const piece of pieces) {
    const tokens = tokensOf(piece)
    if (tokens <= room) {
      kept.push(piece)
      room -= tokens
      continue
    }
    if (piece.type === 'tool-call') room -= piece.nameTokens
    if (room > 0) kept.push({ ...piece, chunks: firstTokens(piece.chunks, room) })
    return { pieces: kept, truncated: true }
  }
  return { pieces: kept, truncated: false }
}

function firstTokens(chunks: readonly Chunk[], room: number): readonly Chunk[] {
  const kept: Chunk[] = []
  for (const chunk of chunks) {
    if (room <= 0) break
    const tokens = Math.min(chunk.tokens, room)
    const text = tokens === chunk.tokens ? chunk.text : tokenize(chunk.text).slice(0, tokens).join('')
    kept.push({ text, tokens })
    room -= tokens
  }
  return kept
}
