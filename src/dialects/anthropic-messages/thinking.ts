import type { Reasoning } from '../../operations/chat/index.ts'
import { compact, unknownFields } from '../fields.ts'
import { hasUnsignedTurn } from './messages.ts'
import { canStopThinking, takesBudgets, takesEffort, takesExtraHigh, thinksAdaptively } from './quirks.ts'
import { extensionsOf, id, type LeaveOut, own, type WireRequestBody, type WireThinking } from './wire.ts'

type Effort = NonNullable<Reasoning['effort']>

/** The tokens that a word of effort stands for, where a model counts tokens; the larger first. */
const budgets: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  max: 60_000,
  xhigh: 32_768,
  high: 16_384,
  medium: 8192,
  low: 2048,
  minimal: 1024,
}

/**
 * Says in a request how much to think, in the words that the model takes; gives the word of effort. A forced tool
 * excludes thinking, and so does a turn whose thoughts so far Anthropic has not signed, where it counts tokens.
 */
export function encodeThinking(
  reasoning: Reasoning,
  body: WireRequestBody,
  generation: number,
  leaveOut: LeaveOut,
): Effort | undefined {
  const { effort, budgetTokens, visible } = reasoning
  const { type, effort: beside, ...rest } = (own(reasoning) ?? {}) as { type?: string | null; effort?: Effort }
  const adaptive = thinksAdaptively(generation)
  const limit = body.max_tokens ?? Infinity
  const word = wordFor(effort, generation)
  if (effort === 'xhigh' && adaptive && word !== effort) leaveOut('The effort "xhigh"', '"high" was sent')
  if (effort === 'none' && type !== null) {
    if (canStopThinking(generation)) {
      body.thinking = { type: 'disabled', ...rest }
      return wordFor(beside, generation)
    }
    leaveOut('The effort "none"', '"low" was sent')
    return 'low'
  }
  if (type === null || (effort ?? budgetTokens ?? type) === undefined) return word
  if (/any|tool/.test(body.tool_choice?.type ?? '')) {
    leaveOut('Thinking', 'a tool is forced')
    return word
  }
  const display = visible === false ? 'omitted' : visible && adaptive ? 'summarized' : undefined
  const thinking: WireThinking = { type: type ?? 'adaptive', display, ...rest }
  if (thinking.type !== 'adaptive' || !takesBudgets(generation) || (adaptive && budgetTokens === undefined)) {
    body.thinking = thinking
    return wordFor(effort ?? nearest(budgetTokens), generation)
  }
  // A budget is part of the limit: a word of effort leaves a fifth of it for the answer.
  const budget =
    budgetTokens === undefined
      ? Math.min(budgets[(effort as keyof typeof budgets) ?? 'high'], Math.floor(limit * 0.8))
      : Math.min(Math.max(budgetTokens, 1024), limit - 1)
  if (budget < 1024 || hasUnsignedTurn(body.messages!)) {
    leaveOut('Thinking', budget < 1024 ? 'the limit is too low' : 'this turn began without')
    return undefined
  }
  thinking.type = 'enabled'
  thinking.budget_tokens = budget
  body.thinking = thinking
  return adaptive ? word : undefined
}

/** Reads how much to think. What the normalised words cannot tell apart is kept in the extensions. */
export function decodeThinking({ thinking, output_config }: WireRequestBody): Reasoning | undefined {
  const effort = output_config?.effort ?? undefined
  if (!thinking) return effort && { effort, extensions: { [id]: { type: null } } }
  const { type, budget_tokens: budgetTokens, display } = thinking
  const disabled = type === 'disabled'
  const visible = { summarized: true, omitted: false }[display as string]
  const rest: Record<string, unknown> = {
    ...unknownFields(thinking, { type: true, budget_tokens: true, display: true }),
  }
  if (visible === undefined && display !== undefined) rest['display'] = display
  if (disabled ? effort : type !== 'enabled' && !(type === 'adaptive' && effort)) {
    rest[disabled ? 'effort' : 'type'] = disabled ? effort : type
  }
  return compact({
    effort: disabled ? ('none' as const) : effort,
    budgetTokens,
    visible,
    extensions: extensionsOf(rest),
  })
}

function wordFor(effort: Effort | undefined, generation: number): Effort | undefined {
  if (!takesEffort(generation)) return undefined
  return effort === 'minimal' ? 'low' : effort === 'xhigh' && !takesExtraHigh(generation) ? 'high' : effort
}

/** The word that comes nearest to a budget from below. */
function nearest(budget: number | undefined): Effort | undefined {
  if (budget === undefined) return undefined
  return (Object.keys(budgets) as (keyof typeof budgets)[]).find((effort) => budgets[effort] <= budget) ?? 'low'
}
