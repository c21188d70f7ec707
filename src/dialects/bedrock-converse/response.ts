import type { ChatResponse, Choice, FinishReason } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { type Fields, isFields, lookUp, unknownFields } from '../fields.ts'
import { decodeBlock } from './content.ts'
import { decodeInnerError, exceptionOf, malformed } from './error.ts'
import { decodeUsage } from './usage.ts'
import { type Draft, extensionsOf, type WireResponse } from './wire.ts'

/** The fields with names of ours, of an answer and of the events that stream one. */
const names = { output: true, stopReason: true, usage: true, serviceTier: true, p: true } as const

/** Reads a whole answer. It has no id, and does not say which model wrote it. */
export function decodeResponse(body: unknown, target: Pick<Target<unknown>, 'provider' | 'model'>): ChatResponse {
  if (!isFields(body)) throw malformed(target)
  const { output, usage, serviceTier } = body as WireResponse
  const failed = failureIn(body)
  if (failed) throw decodeInnerError(failed, target)
  try {
    const content = (output!.message!.content ?? []).map(decodeBlock)
    const response: Draft<ChatResponse> = {
      id: '',
      model: target.model,
      choices: [
        {
          index: 0,
          content,
          ...decodeStop(
            body as WireResponse,
            content.some(({ type }) => type === 'tool-call'),
          ),
        },
      ],
      usage: decodeUsage(usage),
    }
    if (serviceTier?.type !== undefined) response.serviceTier = serviceTier.type
    const extensions = extensionsOf(restOf(body))
    if (extensions) response.extensions = extensions
    return response
  } catch {
    throw malformed(target)
  }
}

/** The fields of an answer, or of an event, that have no name of ours: metrics, the trace of a guardrail, … */
export function restOf(node: object): Record<string, unknown> | undefined {
  return unknownFields(node, names)
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  guardrail_intervened: 'content-filter',
  content_filtered: 'content-filter',
  // What Claude says at its own API.
  refusal: 'content-filter',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
}

/** Reads why the model stopped. Some stop normally in spite of their calls. */
export function decodeStop(
  { stopReason, additionalModelResponseFields: more }: WireResponse,
  hasCalls: boolean,
): Pick<Choice, 'finishReason' | 'rawFinishReason' | 'stopSequence'> {
  if (typeof stopReason !== 'string') return {}
  const reason = lookUp(finishReasons, stopReason) ?? 'other'
  // Claude's own fields, if they were asked for: `additionalModelResponseFieldPaths: ['/stop_sequence']`.
  const { delta, stop_sequence = isFields(delta) ? delta['stop_sequence'] : undefined } = isFields(more) ? more : {}
  return {
    finishReason: reason === 'stop' && hasCalls ? 'tool-calls' : reason,
    rawFinishReason: stopReason,
    ...(typeof stop_sequence === 'string' && { stopSequence: stop_sequence }),
  }
}

/** The failure that a body of status 200 is. AWS's front door answers so when it does not know the path. */
function failureIn(body: Fields): Fields | undefined {
  const { Output, output, message } = body
  if (isFields(Output) && exceptionOf(Output)) return Output
  return exceptionOf(body) || (!output && typeof message === 'string') ? body : undefined
}
