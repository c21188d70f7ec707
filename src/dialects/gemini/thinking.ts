import type { Reasoning } from '../../operations/chat/index.ts'
import { generationOf } from './model.ts'
import { compact, extended, id, type Wire } from './wire.ts'

/**
 * Writes `thinkingConfig`. Models since Gemini 3 take a level, those before a budget; both take a budget in tokens.
 * @see https://ai.google.dev/gemini-api/docs/thinking
 */
export function encodeThinking(
  { effort, budgetTokens, visible, extensions }: Reasoning,
  model: string,
  warn: (sentence: string) => void,
): Wire | undefined {
  const generation = generationOf(model)
  if (generation < 2.5) {
    if (effort !== 'none') warn('`reasoning` was left out: models before Gemini 2.5 have none.')
    return undefined
  }
  const pro = model.includes('pro')
  if (effort === 'none' && (pro || generation >= 3))
    warn('This model cannot stop thinking: it was asked to think little.')
  const budget = budgetTokens ?? (effort && !(generation >= 3) ? budgets(pro)[effort] : undefined)
  return compact({
    ...extensions?.[id],
    includeThoughts: visible,
    thinkingBudget: budget ?? extensions?.[id]?.['thinkingBudget'],
    thinkingLevel:
      (budget === undefined && effort ? levels(model, pro)[effort] : undefined) ?? extensions?.[id]?.['thinkingLevel'],
  })
}

/** Reads `thinkingConfig`. */
export function decodeThinking({ includeThoughts, thinkingBudget, thinkingLevel, ...rest }: Wire): Reasoning {
  const level = typeof thinkingLevel === 'string' ? thinkingLevel.toLowerCase() : undefined
  // -1 lets the model choose, which is what it does when nobody says anything.
  const budget = typeof thinkingBudget === 'number' && thinkingBudget >= 0 ? thinkingBudget : undefined
  const effort = budget === 0 ? 'none' : efforts.find((word) => word === level)
  return {
    ...(effort && { effort }),
    ...(budget && { budgetTokens: budget }),
    ...(typeof includeThoughts === 'boolean' && { visible: includeThoughts }),
    ...extended({
      ...rest,
      ...(budget === undefined && thinkingBudget !== undefined && { thinkingBudget }),
      ...(!effort && thinkingLevel !== undefined && { thinkingLevel }),
    }),
  }
}

type Effort = NonNullable<Reasoning['effort']>

const efforts: readonly Effort[] = ['minimal', 'low', 'medium', 'high']

/** The budgets that stand for a word at Google's own OpenAI endpoint. */
function budgets(pro: boolean): Readonly<Record<Effort, number>> {
  return {
    none: pro ? 128 : 0,
    minimal: 1024,
    low: 1024,
    medium: 8192,
    high: 24_576,
    xhigh: 24_576,
    max: pro ? 32_768 : 24_576,
  }
}

function levels(model: string, pro: boolean): Readonly<Record<Effort, string>> {
  const least = pro ? 'LOW' : 'MINIMAL'
  return {
    none: least,
    minimal: least,
    low: 'LOW',
    // The first Gemini 3 Pro knows only low and high.
    medium: model.includes('gemini-3-pro') ? 'HIGH' : 'MEDIUM',
    high: 'HIGH',
    xhigh: 'HIGH',
    max: 'HIGH',
  }
}
