import type { CallOptions, Principal } from '../../call.ts'
import type { ChatInput, ChatRequest, OutputFormat, Reasoning } from '../../operations/chat/index.ts'
import { readOptions } from './options.ts'
import { decodePrompt, encodePrompt } from './prompt.ts'
import { decodeProviderFields, type SchemaOptions } from './provider-fields.ts'
import { id, mergeOptions } from './provider-options.ts'
import type { ModelCall, ProviderOptions } from './specification.ts'
import {
  decodeTool,
  decodeToolChoice,
  encodeTool,
  encodeToolChoice,
  type ToolNames,
  toolNames,
  turned,
} from './tools.ts'

/** A call of the AI SDK, in the gateway's words. */
export interface DecodedCall {
  readonly request: ChatInput & CallOptions
  /** On whose behalf, where the call says so. */
  readonly principal: Principal | undefined
  /** What could not be said to the gateway, a sentence each. */
  readonly warnings: readonly string[]
  /** By the names by which the model calls them, the tools that the application calls otherwise. */
  readonly names: ToolNames | undefined
}

/** Reads a call of any version. */
export function decodeCall(model: string, call: ModelCall): DecodedCall {
  const warnings: string[] = []
  const { prompt, responseFormat, tools, toolChoice, reasoning, abortSignal, headers, stopSequences } = call
  const { principal, options, fields: own } = readOptions(call.providerOptions, ['reasoningEffort'])
  const asked = own.reasoningEffort as Reasoning['effort']
  const { fields, schema } = decodeProviderFields(call.providerOptions, (sentence) => warnings.push(sentence))
  const effort = reasoning === 'provider-default' ? asked : ((reasoning as Reasoning['effort']) ?? asked)
  const decoded = tools?.length ? tools.map(decodeTool) : undefined
  const names = toolNames(tools, decoded)
  return {
    principal,
    warnings,
    names: turned(names),
    request: {
      ...fields,
      ...options,
      model,
      messages: decodePrompt(prompt, names),
      tools: decoded,
      toolChoice: toolChoice && decodeToolChoice(toolChoice, names),
      output: responseFormat && decodeFormat(responseFormat, schema),
      reasoning: effort || fields.reasoning ? { ...fields.reasoning, ...(effort && { effort }) } : undefined,
      maxOutputTokens: call.maxOutputTokens ?? fields.maxOutputTokens,
      temperature: call.temperature,
      topP: call.topP,
      topK: call.topK,
      stop: stopSequences?.length ? stopSequences : undefined,
      seed: call.seed,
      frequencyPenalty: call.frequencyPenalty,
      presencePenalty: call.presencePenalty,
      headers: headers && decodeHeaders(headers),
      signal: abortSignal,
    },
  }
}

/** Writes a request for a model, as version 4 says it. `provider` is whom it goes to. */
export function encodeCall(
  request: ChatRequest,
  provider: string,
): { readonly call: ModelCall; readonly warnings: readonly string[] } {
  const warnings = new Set<string>()
  const leaveOut = (what: string): void => void warnings.add(`${what} was left out: the AI SDK has no words for it.`)
  for (const [field, silent] of unsayable) {
    const value = request[field]
    if (value !== undefined && value !== silent) leaveOut(`\`${field}\``)
  }
  const { output, reasoning, tools, toolChoice, parallelToolCalls } = request
  const call: Record<keyof ModelCall, unknown> | object = {
    prompt: encodePrompt(request.messages, provider, leaveOut),
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    stopSequences: request.stop,
    seed: request.seed,
    frequencyPenalty: request.frequencyPenalty,
    presencePenalty: request.presencePenalty,
    responseFormat: output && encodeFormat(output),
    tools: tools?.flatMap((tool) => {
      const encoded = encodeTool(tool)
      if (!encoded && tool.type === 'hosted') leaveOut(`A tool that only ${tool.dialect} has`)
      return encoded ?? []
    }),
    toolChoice: toolChoice && encodeToolChoice(toolChoice),
    reasoning: reasoning?.effort,
    headers: request.headers,
    providerOptions: mergeOptions(
      encodeReasoning(reasoning),
      parallelToolCalls === false
        ? { openai: { parallelToolCalls: false }, anthropic: { disableParallelToolUse: true } }
        : undefined,
      request.extensions?.[id]?.['providerOptions'] as ProviderOptions | undefined,
    ),
  }
  return { call: call as ModelCall, warnings: [...warnings] }
}

/** What a call of the AI SDK has no field for, with the value that says nothing. */
const unsayable = [
  ['n', 1],
  ['logitBias', undefined],
  ['logprobs', false],
  ['topLogprobs', 0],
  ['metadata', undefined],
  ['modalities', undefined],
  ['serviceTier', 'auto'],
  ['store', false],
  ['user', undefined],
] as const

function decodeFormat(
  format: NonNullable<ModelCall['responseFormat']>,
  { strict, loose }: SchemaOptions,
): OutputFormat | undefined {
  if (format.type !== 'json') return undefined
  const { schema, name, description } = format
  if (!schema || loose) return { type: 'json' }
  return {
    type: 'json-schema',
    // The AI SDK names the draft, which providers do not ask for.
    schema: withoutDraft(schema),
    strict,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  }
}

/** Reads headers. The AI SDK always says who it is, which the provider need not know. */
export function decodeHeaders(
  headers: NonNullable<ModelCall['headers']>,
): Readonly<Record<string, string>> | undefined {
  const said = Object.entries(headers).filter(
    (header): header is [string, string] => header[1] !== undefined && header[0].toLowerCase() !== 'user-agent',
  )
  return said.length > 0 ? Object.fromEntries(said) : undefined
}

function withoutDraft(schema: object): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = schema as Record<string, unknown>
  return rest
}

function encodeFormat(output: OutputFormat): ModelCall['responseFormat'] {
  if (output.type !== 'json-schema') return { type: output.type }
  const { schema, name, description } = output
  return {
    type: 'json',
    schema,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  }
}

/** A number of tokens is said to each provider package that takes one. A word has a field of its own. */
function encodeReasoning(reasoning: Reasoning | undefined): ProviderOptions | undefined {
  const { budgetTokens, visible } = reasoning ?? {}
  if (budgetTokens === undefined && visible === undefined) return undefined
  return {
    ...(budgetTokens !== undefined && { anthropic: { thinking: { type: 'enabled', budgetTokens } } }),
    google: {
      thinkingConfig: {
        ...(budgetTokens !== undefined && { thinkingBudget: budgetTokens }),
        ...(visible !== undefined && { includeThoughts: visible }),
      },
    },
  }
}
