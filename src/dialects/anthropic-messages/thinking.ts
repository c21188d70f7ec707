import type { Reasoning } from '../../operations/chat/index.ts'
import {
  canStopThinking,
  type Effort,
  effortBudgets,
  effortFor,
  effortOfBudget,
  takesBudgets,
  thinksAdaptively,
} from '../claude.ts'
import { compact, unknownFields } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { hasUnsignedTurn } from './messages.ts'
import { extensionsOf, id, own, type WireRequestBody, type WireThinking } from './wire.ts'

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
  const word = effortFor(effort, generation)
  if (effort === 'xhigh' && adaptive && word !== effort) leaveOut('The effort "xhigh"', '"high" was sent')
  if (effort === 'none' && type !== null) {
    if (canStopThinking(generation)) {
      body.thinking = { type: 'disabled', ...rest }
      return effortFor(beside, generation)
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
    return effortFor(effort ?? effortOfBudget(budgetTokens), generation)
  }
  // A budget is part of the limit: a word of effort leaves a fifth of it for the answer.
  const budget =
    budgetTokens === undefined
      ? Math.min(effortBudgets[(effort as keyof typeof effortBudgets) ?? 'high'], Math.floor(limit * 0.8))
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
