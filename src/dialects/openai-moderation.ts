import { GatewayError } from '../errors.ts'
import type { MediaPart, TextPart } from '../operations/chat/request.ts'
import {
  type ModerationCategory,
  type ModerationInput,
  type ModerationRequest,
  type ModerationResponse,
  type ModerationResult,
  moderation,
  type Verdict,
} from '../operations/moderation.ts'
import { extensionsOf, sumOfUsage, type WholeEvent } from '../operations/whole.ts'
import type { Dialect, Door, Split, Target, WireRequest } from './dialect.ts'
import { decodeFailure } from './failure.ts'
import { check, type Fields, invalid, isFields, type Shape, unknownFields } from './fields.ts'
import { encodeError } from './openai-error.ts'
import { nameOfPart, partsOf } from './parts.ts'
import { malformed, noStream } from './whole.ts'

/** How providers of moderation differ. */
export interface ModerationQuirks {
  /** The most texts in one request. @default any number */
  readonly batch?: number | undefined
}

/** The id of this dialect: the key of its extensions. */
const id = 'openai-moderation'

/** Texts go together, pictures alone: a list of parts is one input, and cannot stand beside others. */
const split: Split<ModerationQuirks, ModerationRequest, ModerationResponse> = {
  parts(request, { quirks: { batch = request.input.length } }) {
    const parts: ModerationInput[][] = []
    for (const item of request.input) {
      const last = parts.at(-1)
      if (last && typeof item === 'string' && isTexts(last) && last.length < batch) last.push(item)
      else parts.push([item])
    }
    return partsOf(request, parts)
  },
  join: (responses) => ({
    ...(responses[0] as ModerationResponse),
    results: responses.flatMap(({ results }) => results),
    usage: sumOfUsage(responses.map(({ usage }) => usage)),
  }),
  name: nameOfPart,
}

/** Speaks OpenAI's Moderations, as Mistral does too, with categories of its own. */
export const openaiModeration: Dialect<
  ModerationQuirks,
  ModerationRequest,
  ModerationResponse,
  WholeEvent<ModerationResponse>
> = {
  id,
  operation: moderation,
  upstream: { encode: encodeRequest, decode: decodeResponse, stream: noStream, error: decodeFailure, split },
  downstream: {
    match: (path) => (path.endsWith('/moderations') ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: encodeError,
  },
}

/** What providers call our categories: OpenAI, and Mistral where it has words of its own. */
const categories: Readonly<Record<string, ModerationCategory>> = {
  harassment: 'harassment',
  'harassment/threatening': 'harassment',
  hate: 'hate',
  'hate/threatening': 'hate',
  illicit: 'illicit',
  'illicit/violent': 'illicit',
  'self-harm': 'self-harm',
  'self-harm/intent': 'self-harm',
  'self-harm/instructions': 'self-harm',
  sexual: 'sexual',
  'sexual/minors': 'sexual-minors',
  violence: 'violence',
  'violence/graphic': 'violence',
  hate_and_discrimination: 'hate',
  violence_and_threats: 'violence',
  dangerous_and_criminal_content: 'illicit',
  dangerous: 'illicit',
  criminal: 'illicit',
  selfharm: 'self-harm',
  health: 'regulated-advice',
  financial: 'regulated-advice',
  law: 'regulated-advice',
  pii: 'personal-data',
  jailbreaking: 'jailbreak',
}

function encodeRequest({ input, extensions }: ModerationRequest, { model }: Target<ModerationQuirks>): WireRequest {
  const body = { ...extensions?.[id], model, input: isTexts(input) ? input : encodeParts(input[0] as ModerationInput) }
  return { path: '/moderations', body }
}

function isTexts(input: readonly ModerationInput[]): boolean {
  return input.every((item) => typeof item === 'string')
}

function encodeParts(input: ModerationInput): readonly unknown[] {
  if (typeof input === 'string') return [{ type: 'text', text: input }]
  return input.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text, ...part.extensions?.[id] }
      : { type: 'image_url', image_url: { url: urlOf(part) }, ...part.extensions?.[id] },
  )
}

function urlOf({ type, source }: MediaPart): string {
  if (type === 'image' && source.type === 'url') return source.url
  if (type === 'image' && source.type === 'base64') return `data:${source.mediaType};base64,${source.data}`
  throw new GatewayError('unsupported', 'Texts and pictures can be judged, and pictures by their bytes or their URL.')
}

function decodeResponse(body: unknown, target: Target<ModerationQuirks>): ModerationResponse {
  if (!isFields(body) || !Array.isArray(body['results'])) throw malformed(target, 'the answer has no verdicts.', body)
  const { id: answer, model, usage } = body
  const inputTokens = isFields(usage) ? usage['prompt_tokens'] : undefined
  return {
    ...(typeof answer === 'string' && { id: answer }),
    model: typeof model === 'string' ? model : target.model,
    results: body['results'].map((result: unknown) => decodeResult(result, target)),
    usage: typeof inputTokens === 'number' ? { inputTokens } : {},
    ...extensionsOf(id, unknownFields(body, { id: true, model: true, results: true, usage: { prompt_tokens: true } })),
  }
}

function decodeResult(result: unknown, target: Target<ModerationQuirks>): ModerationResult {
  if (!isFields(result) || !isFields(result['categories'])) throw malformed(target, 'a verdict has no categories.')
  const { categories: flags, category_scores: scores } = result
  const own: Record<string, Verdict> = {}
  const ours: Partial<Record<ModerationCategory, Verdict>> = {}
  for (const name in flags) {
    const score = isFields(scores) ? scores[name] : undefined
    // What an older model does not judge is null.
    if (flags[name] == null) continue
    const verdict = { flagged: flags[name] === true, ...(typeof score === 'number' && { score }) }
    own[name] = verdict
    const category = Object.hasOwn(categories, name) ? categories[name] : undefined
    if (category) ours[category] = worse(ours[category], verdict)
  }
  return {
    flagged:
      result['flagged'] === undefined ? Object.values(own).some(({ flagged }) => flagged) : result['flagged'] === true,
    categories: ours,
    own,
    ...extensionsOf(id, unknownFields(result, { flagged: true, categories: true, category_scores: true })),
  }
}

function worse(one: Verdict | undefined, other: Verdict): Verdict {
  if (!one) return other
  const scores = [one.score, other.score].filter((score) => score !== undefined)
  return {
    flagged: one.flagged || other.flagged,
    ...(scores.length > 0 && { score: Math.max(...scores) }),
  }
}

function decodeRequest(body: unknown, _door: Door): ModerationRequest {
  check(body, requestShape, '')
  const { model, input } = body
  return {
    // OpenAI's own default.
    model: (model ?? 'omni-moderation-latest') as string,
    input: decodeInputs(input),
    ...extensionsOf(id, unknownFields(body, requestShape)),
  }
}

const requestShape: Shape = { model: 'string?', input: true }

function decodeInputs(input: unknown): readonly ModerationInput[] {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input) || input.length === 0) throw invalid('input', 'a string or a list, not an empty one')
  if (input.every((item) => typeof item === 'string')) return input
  return [input.map(decodePart)]
}

function decodePart(part: unknown, index: number): TextPart | MediaPart {
  check(part, { type: 'string' }, `input.${index}`)
  const { type, text, image_url: image } = part
  if (type === 'text' && typeof text === 'string')
    return { type, text, ...extensionsOf(id, unknownFields(part, { type: true, text: true })) }
  const url = isFields(image) ? image['url'] : undefined
  if (type !== 'image_url' || typeof url !== 'string') throw invalid(`input.${index}`, 'a text or an image_url')
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? []
  return {
    type: 'image',
    source: mediaType && data !== undefined ? { type: 'base64', mediaType, data } : { type: 'url', url },
    ...extensionsOf(id, unknownFields(part, { type: true, image_url: { url: true } })),
  }
}

function encodeResponse(response: ModerationResponse): Fields {
  const { id: answer = '', model, results, extensions } = response
  return {
    id: answer,
    model,
    results: results.map(({ flagged, own, extensions }) => ({
      flagged,
      categories: Object.fromEntries(Object.entries(own).map(([name, { flagged }]) => [name, flagged])),
      category_scores: Object.fromEntries(
        Object.entries(own).flatMap(([name, { score }]) => (score === undefined ? [] : [[name, score]])),
      ),
      ...extensions?.[id],
    })),
    ...extensions?.[id],
  }
}
