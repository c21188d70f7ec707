import type { ChatRequest, OutputFormat } from '../../operations/chat/index.ts'
import { takesBothSamplings, takesSampling } from '../claude.ts'
import { encodeSchema } from '../closed-schema.ts'
import type { Target, WireRequest } from '../dialect.ts'
import { compact, type Fields, isFields } from '../fields.ts'
import { type LeaveOut, LeftOut, leaveOutFields } from '../left-out.ts'
import type { Writer } from './content.ts'
import { encodeMessages } from './messages.ts'
import { type Family, familyOf } from './model.ts'
import type { BedrockConverseQuirks } from './quirks.ts'
import { encodeThinking, type Thinking } from './thinking.ts'
import { encodeTools } from './tools.ts'
import { type Draft, own } from './wire.ts'

/** What all models take. */
interface InferenceConfig {
  readonly maxTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly stopSequences?: readonly string[] | undefined
}

/** Writes a request for a provider. The model, and whether to stream, stand in the path. */
export function encodeRequest(request: ChatRequest, target: Target<BedrockConverseQuirks>): WireRequest {
  const { output, metadata, reasoning, stream, stop, toolChoice } = request
  const leftOut = new LeftOut()
  const { leaveOut, warn } = leftOut
  leaveOutFields(request, unsayable, leaveOut)
  if (output?.type === 'json') leaveOut('`output`', 'give it a schema')

  const family = familyOf(target)
  const { caches = false, cacheTimes = false } = family
  const writer: Writer = { leaveOut, warn, caches, cacheTimes, documents: new Set() }
  const { system, messages } = encodeMessages(request.messages, writer)
  const stopSequences = stop?.filter((sequence) => sequence.trim() !== '')
  if (stopSequences?.length !== stop?.length) leaveOut('A stop sequence of white space')
  const inference: Draft<InferenceConfig> = compact({
    maxTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    stopSequences: filled(stopSequences),
  })
  const { fields, budget, unsampled } = reasoning
    ? encodeThinking(reasoning, family, { toolChoice, messages, maxTokens: inference.maxTokens }, leaveOut)
    : ({} as Thinking)
  const { generation } = family
  const refuses = unsampled || (generation !== undefined && !takesSampling(generation))
  // A budget is part of the limit, and the limit that holds without one may be lower.
  if (budget !== undefined) inference.maxTokens ??= budget + answerTokens
  const body: Fields = compact({
    system: filled(system),
    messages,
    toolConfig: encodeTools(request, messages, family, writer),
    outputConfig: output?.type === 'json-schema' ? encodeOutput(output) : undefined,
    additionalModelRequestFields: orNothing({
      ...encodeTopK(request.topK, refuses ? {} : family, leaveOut),
      ...fields,
    }),
    inferenceConfig: orNothing(limitSampling(inference, generation, refuses, leaveOut)),
    requestMetadata: metadata,
    serviceTier: encodeTier(request.serviceTier, leaveOut),
  })
  return {
    path: `/model/${encodeURIComponent(target.model)}/converse${stream ? '-stream' : ''}`,
    body: merged(body, own(request)),
    warnings: leftOut.warnings,
  }
}

/** The tokens that are left for an answer where the request has no limit, and thinking needs one. */
const answerTokens = 4096

/** What this API has no field for, with the value that says nothing. */
const unsayable: Readonly<Record<string, string>> = {
  n: '1',
  seed: '',
  frequencyPenalty: '0',
  presencePenalty: '0',
  logitBias: '',
  logprobs: 'false',
  topLogprobs: '0',
  user: '',
  store: 'false',
  modalities: 'text',
}

/** Holds the answer to a schema. @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
function encodeOutput({ schema, name, description }: Extract<OutputFormat, { schema: unknown }>): Fields {
  const jsonSchema = compact({ schema: JSON.stringify(encodeSchema(schema)), name, description })
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } }
}

function encodeTopK(value: number | undefined, { topK }: Family, leaveOut: LeaveOut): Fields | undefined {
  if (value === undefined) return undefined
  return topK ? topK(value) : leaveOut('`topK`', 'this model is not known to take it here')
}

/** Leaves out the sampling parameters that a model does not take, without a word where they say what is so anyway. */
function limitSampling(
  inference: Draft<InferenceConfig>,
  generation: number | undefined,
  refuses: boolean | undefined,
  leaveOut: LeaveOut,
): InferenceConfig {
  const { temperature = 1, topP = 1 } = inference
  if (temperature > 1) {
    inference.temperature = 1
    leaveOut('A temperature above 1', '1 was sent')
  }
  if (refuses) {
    if (temperature < 1 || topP < 0.95) leaveOut('Sampling', 'this model takes none here')
    inference.temperature = undefined
    inference.topP = undefined
  } else if (generation !== undefined && !takesBothSamplings(generation) && inference.temperature !== undefined) {
    if (topP < 1) leaveOut('`topP`', 'this model takes `temperature` or `topP`')
    inference.topP = undefined
  }
  return compact(inference)
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ServiceTier.html */
const serviceTiers: Readonly<Record<string, string>> = {
  default: 'default',
  standard_only: 'default',
  priority: 'priority',
  flex: 'flex',
  reserved: 'reserved',
}

function encodeTier(tier: string | undefined, leaveOut: LeaveOut): Fields | undefined {
  if (tier === undefined || tier === 'auto') return undefined
  const type = Object.hasOwn(serviceTiers, tier) ? serviceTiers[tier] : undefined
  if (!type) leaveOut('`serviceTier`')
  return type ? { type } : undefined
}

/** Adds the fields of this dialect's own: `guardrailConfig`, `performanceConfig`, `additionalModelRequestFields`, … What they say counts. */
function merged(body: Fields, fields: Fields | undefined): Fields {
  const result: Record<string, unknown> = { ...body }
  for (const field in fields) {
    const [value, before] = [fields[field], body[field]]
    result[field] = isFields(value) && isFields(before) ? { ...before, ...value } : value
  }
  return result
}

function filled<T extends { readonly length: number }>(list: T | undefined): T | undefined {
  return list?.length ? list : undefined
}

function orNothing<T extends object>(fields: T): T | undefined {
  for (const _ in fields) return fields
  return undefined
}
