// The fields of generateContent that have a normalised name. Everything else passes through as `extensions`.
// Reference: https://ai.google.dev/api/generate-content and the types of @google/genai.

/** The id of the dialect: of its extensions and signatures. */
export const id = 'gemini'

/** A JSON object of which only some fields are known. */
export type Wire = Record<string, unknown>

export interface WirePart extends Wire {
  text?: string
  /** The text is what the model thought. */
  thought?: boolean
  /** `bytes` in Google's definition, and so base64 in JSON. */
  thoughtSignature?: string
  inlineData?: Wire
  fileData?: Wire
  functionCall?: WireFunctionCall
  functionResponse?: Wire
}

export interface WireFunctionCall extends Wire {
  id?: string
  name?: string
  args?: Wire | null
  /** Vertex AI, with `streamFunctionCallArguments`: a stretch of the arguments. */
  partialArgs?: readonly WirePartialArgument[]
  /** More pieces of this call follow. */
  willContinue?: boolean
}

export interface WirePartialArgument extends Wire {
  /** Where the value belongs: `$.recipe.steps[0]` (RFC 9535). */
  jsonPath?: string
  stringValue?: string
  numberValue?: number
  boolValue?: boolean
  nullValue?: unknown
}

export interface WireContent extends Wire {
  role?: string
  parts: WirePart[]
}

export interface WireCandidate extends Wire {
  content?: { role?: string; parts?: readonly WirePart[] }
  index?: number
  finishReason?: string
  groundingMetadata?: WireGrounding
  citationMetadata?: { citations?: readonly WireCitation[] }
  logprobsResult?: WireLogprobs
}

export interface WireGrounding extends Wire {
  groundingChunks?: readonly Record<string, { uri?: string; title?: string; text?: string } | undefined>[]
  groundingSupports?: readonly {
    segment?: { startIndex?: number; endIndex?: number; text?: string }
    groundingChunkIndices?: readonly number[]
  }[]
}

export interface WireCitation extends Wire {
  uri?: string
  title?: string
  /** In bytes of UTF-8, as every index of this format. */
  startIndex?: number
  endIndex?: number
}

interface WireToken extends Wire {
  token?: string
  logProbability?: number
}

export interface WireLogprobs extends Wire {
  chosenCandidates?: readonly WireToken[]
  topCandidates?: readonly { candidates?: readonly WireToken[] }[]
}

/** Counts so far. Thoughts are not part of the candidates, nor is what tools fetched part of the prompt. */
export interface WireUsage extends Wire {
  promptTokenCount?: number
  toolUsePromptTokenCount?: number
  cachedContentTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  totalTokenCount?: number
  promptTokensDetails?: readonly { modality?: string; tokenCount?: number }[]
  cacheTokensDetails?: readonly { modality?: string; tokenCount?: number }[]
  candidatesTokensDetails?: readonly { modality?: string; tokenCount?: number }[]
  serviceTier?: string
}

export interface WireResponse extends Wire {
  candidates?: readonly WireCandidate[]
  usageMetadata?: WireUsage
  modelVersion?: string
  responseId?: string
  createTime?: string
}

export function isRecord(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object without the fields that are undefined; undefined when nothing is left. */
export function compact<T extends object>(fields: T): T | undefined {
  let kept: Partial<T> | undefined
  for (const key in fields) if (fields[key] !== undefined) (kept ??= {} as Partial<T>)[key] = fields[key]
  return kept as T | undefined
}

/** Fields without a normalised name, as a node carries them. */
export function extended(fields: Wire): { extensions?: { gemini: Wire } } {
  for (const _ in fields) return { extensions: { [id]: fields } }
  return {}
}
