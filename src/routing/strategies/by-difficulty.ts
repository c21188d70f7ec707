import type { Call } from '../../call.ts'
import type { ChatRequest } from '../../operations/chat/index.ts'
import { type Judge, verdictStrategy } from './by-verdict.ts'
import type { Names } from './named.ts'
import type { Strategy } from './strategy.ts'

/**
 * Sends easy tasks to some deployments and hard ones to others. Without a classifier of your own it goes by {@link difficulty},
 * of which half is hard.
 *
 * @param classifier May take its time: it is asked once for each call, before anybody is chosen.
 */
export function byDifficulty(
  routes: { readonly easy: Names; readonly hard: Names },
  classifier?: Judge<'easy' | 'hard'>,
): Strategy {
  const classify = classifier ?? ((call: Call) => (difficulty(call.request as ChatRequest) < 0.5 ? 'easy' : 'hard'))
  return verdictStrategy('byDifficulty', classify, routes, classifier === undefined)
}

/**
 * Guesses how hard a chat request is, from 0 to 1, by what can be seen of it without a model: how long it is, whether it asks for
 * reasoning, code, proofs or several steps, whether there are tools, schemas and pictures. Looks at 8,000 characters of the
 * last message of the user: far under a millisecond.
 */
export function difficulty(request: ChatRequest): number {
  const { messages = [], tools, output, reasoning } = request
  let score = 0
  const { effort } = reasoning ?? {}
  if (effort !== undefined) score += efforts[effort] ?? 0
  if (tools?.length) score += Math.min(0.1 + tools.length * 0.02, 0.25)
  if (output?.type === 'json-schema') score += 0.1

  const question = lastOf(messages)
  if (question.pictures) score += 0.1
  let size = 0
  for (const { content } of messages) for (const part of content) if (part.type === 'text') size += part.text.length
  // Some 1,000 tokens say little, and 16,000 much: in steps of doubling.
  if (size > 4000) score += Math.min(Math.log2(size / 4000) * 0.08, 0.3)
  if (messages.length > 10) score += 0.05

  const text = question.text.slice(0, 4000) + question.text.slice(Math.max(4000, question.text.length - 4000))
  for (const { sign, weight, most } of signs) {
    const found = text.match(sign)?.length ?? 0
    score += Math.min(found * weight, most)
  }
  return Math.min(Math.max(score, 0), 1)
}

// biome-ignore format: a table
const efforts: Readonly<Record<string, number>> = { none: -0.2, minimal: -0.1, low: 0, medium: 0.2, high: 0.5, xhigh: 0.6, max: 0.6 }

/** What a text says of how hard it is. Found again, it counts again, up to `most`. */
const signs: readonly { readonly sign: RegExp; readonly weight: number; readonly most: number }[] = [
  // Thinking that must hold.
  {
    sign: /\b(prove|proof|derive|derivation|theorem|lemma|step[- ]by[- ]step|reason through|trade-?offs?|root cause|optimal|rigorous(ly)?|formally|invariants?|deadlocks?|race conditions?|complexity)\b/gi,
    weight: 0.2,
    most: 0.5,
  },
  // Work of some size.
  {
    sign: /\b(implement|refactor|debug|architect(ure)?|design|migrate|optimi[sz]e|analy[sz]e|compare|evaluate|diagnose|plan)\b/gi,
    weight: 0.12,
    most: 0.36,
  },
  // Code.
  {
    sign: /```|\b(function|class|def|import|const|SELECT|public static|#include|struct|async|Traceback|stack trace)\b/g,
    weight: 0.06,
    most: 0.3,
  },
  // Mathematics.
  {
    sign: /[∑∫∂√∀∃≤≥∈]|\\(frac|int|sum|sqrt)|\b(integral|matrix|eigenvalues?|probability|equation)\b/gi,
    weight: 0.12,
    most: 0.36,
  },
  // Several things at once.
  {
    sign: /^\s*(\d+[.)]|[-*])\s|\b(then|after that|finally|first(ly)?|second(ly)?|third(ly)?|next)\b/gim,
    weight: 0.03,
    most: 0.15,
  },
  { sign: /\?/g, weight: 0.02, most: 0.1 },
  // What is mostly looked up, turned around or said in one word.
  {
    sign: /\b(translate|summari[sz]e|classify|extract|rephrase|spell(ing)?|yes or no|one word|what is|who is|when (is|was)|thanks?|thank you|hello|hi)\b/gi,
    weight: -0.1,
    most: 0,
  },
]

/** The text of the last message of the user, and whether it shows something. */
function lastOf(messages: ChatRequest['messages']): { readonly text: string; readonly pictures: boolean } {
  for (let index = messages.length - 1; index >= 0; index--) {
    const { role, content } = messages[index]!
    if (role !== 'user') continue
    let text = ''
    let pictures = false
    for (const part of content) {
      if (part.type === 'text') text += part.text
      else if (part.type === 'image' || part.type === 'video') pictures = true
    }
    return { text, pictures }
  }
  return { text: '', pictures: false }
}
