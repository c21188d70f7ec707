import type { Reasoning, ToolChoice } from '../../operations/chat/index.ts'
import { canStopThinking, effortBudgets, effortFor, effortOfBudget, takesBudgets, thinksAdaptively } from '../claude.ts'
import type { Fields } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import type { Family } from './model.ts'
import type { WireMessage } from './wire.ts'

/** What bears on whether and how much a model may think. */
export interface Circumstances {
  readonly toolChoice: ToolChoice | undefined
  readonly messages: readonly WireMessage[]
  readonly maxTokens: number | undefined
}

/** How a request says how much to think: Converse has no field of its own for it. */
export interface Thinking {
  /** For `additionalModelRequestFields`. */
  readonly fields?: Fields | undefined
  /** The tokens that thinking may take of the limit. */
  readonly budget?: number | undefined
  /** A model that thinks so refuses sampling parameters. */
  readonly unsampled?: boolean | undefined
}

/** Says how much to think in the words of the model. */
export function encodeThinking(
  reasoning: Reasoning,
  family: Family,
  circumstances: Circumstances,
  leaveOut: LeaveOut,
): Thinking {
  if (family.generation !== undefined) return claudeThinking(reasoning, family.generation, circumstances, leaveOut)
  const { effort = effortOfBudget(reasoning.budgetTokens) } = reasoning
  if (effort === undefined) return {}
  const word = words[effort]
  const isTooMuch = word === 'high' && family.unlimitedAtHigh && circumstances.maxTokens !== undefined
  if (isTooMuch) leaveOut('The effort "high"', 'the request has a limit of tokens, and "medium" was sent')
  const sent = isTooMuch ? 'medium' : word
  const fields = family.think?.(sent)
  // A model that does not think need not be told so.
  if (!fields && effort !== 'none') leaveOut('`reasoning`', 'this model is not known to take it')
  return { fields, unsampled: sent === 'high' && family.unlimitedAtHigh }
}

const words: Readonly<Record<NonNullable<Reasoning['effort']>, 'none' | 'low' | 'medium' | 'high'>> = {
  none: 'none',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
}

/** Claude thinks from its generation 3.7 on: up to a budget of tokens, and later as much as it sees fit. */
function claudeThinking(
  { effort, budgetTokens, visible }: Reasoning,
  generation: number,
  { toolChoice, messages, maxTokens = Infinity }: Circumstances,
  leaveOut: LeaveOut,
): Thinking {
  if ((effort ?? budgetTokens) === undefined) return {}
  if (generation < 307) {
    if (effort !== 'none') leaveOut('`reasoning`', 'this model does not think')
    return {}
  }
  if (effort === 'none') {
    if (canStopThinking(generation)) return { fields: { thinking: { type: 'disabled' } } }
    leaveOut('The effort "none"', '"low" was sent')
    return { fields: { output_config: { effort: 'low' } } }
  }
  if (toolChoice === 'required' || typeof toolChoice === 'object') {
    leaveOut('Thinking', 'a tool is forced')
    return {}
  }
  if (!takesBudgets(generation) || (thinksAdaptively(generation) && budgetTokens === undefined)) {
    const display = visible === undefined ? undefined : visible ? 'summarized' : 'omitted'
    const word = effortFor(effort ?? effortOfBudget(budgetTokens), generation)
    const thinking = { type: 'adaptive', ...(display && { display }) }
    return { fields: { thinking, output_config: { effort: word } }, unsampled: true }
  }
  // A budget is part of the limit: a word of effort leaves a fifth of it for the answer.
  const budget =
    budgetTokens === undefined
      ? Math.min(effortBudgets[effort ?? 'high'], Math.floor(maxTokens * 0.8))
      : Math.min(Math.max(budgetTokens, 1024), maxTokens - 1)
  if (budget < 1024 || hasUnsignedTurn(messages)) {
    leaveOut('Thinking', budget < 1024 ? 'the limit is too low' : 'this turn began without')
    return {}
  }
  return { fields: { thinking: { type: 'enabled', budget_tokens: budget } }, budget, unsampled: true }
}

/** Whether a turn with tools is in progress whose first answer does not begin with a thought: Claude refuses to begin thinking then. */
function hasUnsignedTurn(messages: readonly WireMessage[]): boolean {
  let index = messages.length - 1
  if (!hasResult(messages[index])) return false
  while (hasResult(messages[index - 2])) index -= 2
  return !messages[index - 1]?.content[0]?.reasoningContent
}

function hasResult(message: WireMessage | undefined): boolean {
  return message?.content.some(({ toolResult }) => toolResult) ?? false
}
