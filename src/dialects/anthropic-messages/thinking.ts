import type { Reasoning } from '../../operations/chat/index.ts'
import type { Habits } from './quirks.ts'
import { extensionsOf, id, own, type WireRequestBody, type WireThinking } from './wire.ts'

type Effort = NonNullable<Reasoning['effort']>

/** The tokens that a word of effort stands for, where a model counts tokens. */
const budgets: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 60_000,
}

/** What else in the request bears on thinking. */
export interface ThinkingContext {
  readonly habits: Habits
  /** The limit that the application set. */
  readonly maxTokens: number | undefined
  /** A tool is forced upon the model, which excludes thinking. */
  readonly forcedTool: boolean
  /** The turn in progress does not begin with a thought that Anthropic signed. */
  readonly unsignedTurn: boolean
  warn(warning: string): void
}

/** Says how much to think, in the words that the model takes. */
export function encodeThinking(
  reasoning: Reasoning | undefined,
  { habits, maxTokens, forcedTool, unsignedTurn, warn }: ThinkingContext,
): { thinking?: WireThinking; effort?: Effort } {
  if (!reasoning) return {}
  const { effort, budgetTokens, visible } = reasoning
  if (effort === 'xhigh' && habits.adaptive && !habits.xhigh)
    warn('The effort "xhigh" was lowered to "high", for this model does not take it.')
  const { type, effort: overallEffort, ...rest } = own(reasoning) as { type?: string | null; effort?: Effort }
  if (type === null) return word(effort, habits)
  if (effort === 'none') {
    if (habits.disabled) return { thinking: { type: 'disabled', ...rest }, ...word(overallEffort, habits) }
    warn('This model cannot switch thinking off: the lowest effort was sent instead.')
    return { effort: 'low' }
  }
  if (effort === undefined && budgetTokens === undefined && type === undefined) return {}
  if (forcedTool) {
    warn('Thinking was left out, for it cannot be combined with a forced tool.')
    return word(effort, habits)
  }
  const display =
    visible === false ? { display: 'omitted' } : visible && habits.adaptive ? { display: 'summarized' } : undefined
  if (type !== undefined && type !== 'adaptive')
    return { thinking: { type, ...display, ...rest }, ...word(effort, habits) }
  if (habits.budgets && (budgetTokens !== undefined || !habits.adaptive)) {
    const budget = affordable(budgetTokens, effort ?? 'high', maxTokens)
    if (budget < 1024) {
      warn('Thinking was left out, for the most tokens to write leave no room for it.')
      return {}
    }
    if (unsignedTurn) {
      warn('Thinking was left out for this turn, for its thoughts so far have no signature of this provider.')
      return {}
    }
    return {
      thinking: { type: 'enabled', budget_tokens: budget, ...display, ...rest },
      ...(habits.adaptive && word(effort, habits)),
    }
  }
  return { thinking: { type: 'adaptive', ...display, ...rest }, ...word(effort ?? wordOf(budgetTokens), habits) }
}

/** Reads how much to think. What the normalised words cannot tell apart is kept in the extensions. */
export function decodeThinking({ thinking, output_config }: WireRequestBody): Reasoning | undefined {
  const effort = output_config?.effort ?? undefined
  if (!thinking) return effort && { effort, extensions: { [id]: { type: null } } }
  const { type, budget_tokens: budgetTokens, display } = thinking
  const known = ['type', 'budget_tokens', ...(display === 'summarized' || display === 'omitted' ? ['display'] : [])]
  const extensions: Record<string, unknown> = { ...extensionsOf(thinking, known)?.extensions[id] }
  if (type !== 'enabled' && type !== 'disabled' && !(type === 'adaptive' && effort)) extensions['type'] = type
  if (type === 'disabled' && effort) extensions['effort'] = effort
  return {
    ...(type === 'disabled' ? { effort: 'none' } : effort && { effort }),
    ...(budgetTokens !== undefined && { budgetTokens }),
    ...((display === 'summarized' || display === 'omitted') && { visible: display === 'summarized' }),
    ...(Object.keys(extensions).length > 0 && { extensions: { [id]: extensions } }),
  }
}

/** A budget is part of the most tokens to write: a word of effort leaves a fifth of them for the answer. */
function affordable(budget: number | undefined, effort: Exclude<Effort, 'none'>, maxTokens = Infinity): number {
  return budget === undefined
    ? Math.min(budgets[effort], Math.floor(maxTokens * 0.8))
    : Math.min(Math.max(budget, 1024), maxTokens - 1)
}

function word(effort: Effort | undefined, { effort: understood, xhigh }: Habits): { effort?: Effort } {
  if (!effort || !understood) return {}
  return { effort: effort === 'minimal' ? 'low' : effort === 'xhigh' && !xhigh ? 'high' : effort }
}

/** The word that comes nearest to a budget from below. */
function wordOf(budget: number | undefined): Effort | undefined {
  if (budget === undefined) return undefined
  return (['max', 'xhigh', 'high', 'medium'] as const).find((effort) => budgets[effort] <= budget) ?? 'low'
}
