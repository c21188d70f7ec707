import type { Deployment } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
import type { ChatRequest } from '../../operations/chat/index.ts'
import { checkedApart, checkOptions, numberWith } from '../../option-rules.ts'
import { Recent } from '../../recent.ts'
import { expectedCost } from './expected-cost.ts'
import { hash, mix } from './hash.ts'
import { mostRemembered, oneOf } from './sticky.ts'
import { checkStrategy, type Strategy, type StrategyContext, tiered, unranked } from './strategy.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

export interface WarmCacheOptions {
  /** How long a provider's prompt cache is taken to be warm. @default '5m', as OpenAI and Anthropic say of theirs */
  readonly ttl?: Duration | undefined
  /** The fewest tokens of a beginning in common that a provider caches. @default 1024 */
  readonly minimum?: number | undefined
}

interface Warm {
  readonly deployment: string
  /** Tokens of the beginning, estimated. */
  readonly tokens: number
  readonly until: number
}

/** Characters of a token, in most texts. */
const characters = 4

/**
 * Stays where the provider's prompt cache is warm: where a request with the same beginning went last. It stays as long as
 * what the cache saves is worth more than what another deployment would cost less; where prices are unknown, it stays.
 * Otherwise, and the first time, another strategy chooses.
 */
export function warmCache(otherwise: Strategy = weightedShuffle(), options: WarmCacheOptions = {}): Strategy {
  checkStrategy('warmCache()', otherwise)
  checkOptions('warmCache()', options, { ttl: checkedApart, minimum: numberWith('a number from 0', (n) => n >= 0) })
  const { ttl = '5m', minimum = 1024 } = options
  const lifetime = milliseconds(ttl, 'warmCache.ttl')

  function knownOf({ memory }: StrategyContext): Recent<Warm> {
    return memory(warmCache, () => new Recent<Warm>(mostRemembered))
  }

  /** Where the longest beginning that is known is warm, if that may serve, and staying there pays. */
  function warmest(
    beginnings: readonly Beginning[],
    candidates: readonly Deployment[],
    context: StrategyContext,
  ): Deployment | undefined {
    const known = knownOf(context)
    for (let index = beginnings.length - 1; index >= 0; index--) {
      const warm = known.get(beginnings[index]!.key)
      if (!warm || warm.until <= context.now) continue
      const deployment = candidates.find(({ id }) => id === warm.deployment)
      return deployment && pays(deployment, warm.tokens, candidates, context) ? deployment : undefined
    }
    return undefined
  }

  const warmCache: Strategy = Object.assign(
    function warmCache(candidates: readonly Deployment[], context: StrategyContext) {
      const beginnings = beginningsOf(context)
      const stays = warmest(beginnings, candidates, context)
      const chosen = stays ?? oneOf(otherwise(candidates, context), candidates, context)
      const whole = beginnings.at(-1)
      if (whole && whole.tokens >= minimum) {
        const { key, tokens } = whole
        knownOf(context).set(key, { deployment: chosen.id, tokens, until: context.now + lifetime })
      }
      return chosen
    },
    {
      observes: true,
      remembers: true,
      prepare: otherwise.prepare,
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const stays = warmest(beginningsOf(context), candidates, context)
        if (!stays) return otherwise.rank?.(candidates, context) ?? unranked(candidates)
        return tiered(
          candidates,
          (deployment) => (deployment === stays ? 0 : 1),
          (deployment) => ({ strategy: 'warmCache', score: deployment === stays ? 1 : 0 }),
        )
      },
    },
  )
  return warmCache
}

/** The beginning of a request, up to the end of one of its messages. */
interface Beginning {
  readonly key: string
  readonly tokens: number
}

/** The beginnings of a request, each longer than the one before. Tools stand in front of everything. */
function beginningsOf({ call, group }: StrategyContext): readonly Beginning[] {
  const { messages = [], tools } = call.request as Partial<ChatRequest>
  const front = tools ? JSON.stringify(tools) : ''
  let sum = hash(group + front)
  let length = front.length
  return messages.map(({ role, content }) => {
    const text = role + JSON.stringify(content)
    sum = mix(sum ^ hash(text))
    length += text.length
    // Two sums, for 32 bits alone would meet too often.
    return { key: `${sum}:${length}`, tokens: Math.floor(length / characters) }
  })
}

/** Whether what the cache saves makes up for whoever costs less. */
function pays(
  deployment: Deployment,
  tokens: number,
  candidates: readonly Deployment[],
  context: StrategyContext,
): boolean {
  const cost = expectedCost(deployment, context)
  const { price } = deployment.facts
  if (cost === undefined || price?.input === undefined) return true
  const saved = (tokens * (price.input - (price.cacheRead ?? price.input))) / 1e6
  return candidates.every((other) => cost - saved <= (expectedCost(other, context) ?? Number.POSITIVE_INFINITY))
}
