import { claudeGeneration } from '../claude.ts'
import type { Target } from '../dialect.ts'
import type { Fields } from '../fields.ts'
import type { BedrockConverseQuirks } from './quirks.ts'

/** What a family of models takes beyond what Converse has for all of them. */
export interface Family {
  /** Cache points: in messages, and among tools. */
  readonly caches?: boolean | undefined
  readonly cachesTools?: boolean | undefined
  /** Cache points may say how long. */
  readonly cacheTimes?: boolean | undefined
  readonly topK?: ((topK: number) => Fields) | undefined
  /** Says in a word how much to think; `undefined` for one that cannot be said. */
  readonly think?: ((effort: 'none' | 'low' | 'medium' | 'high') => Fields | undefined) | undefined
  /** At high effort it takes no limit, and no sampling. */
  readonly unlimitedAtHigh?: boolean | undefined
  /** Claude: what it takes differs by generation. */
  readonly generation?: number | undefined
}

/** Reads from a model's name what it takes. An ARN says nothing: unless the row does, it takes what may be refused. */
export function familyOf({ model, quirks }: Pick<Target<BedrockConverseQuirks>, 'model' | 'quirks'>): Family {
  const name = quirks.behavesLike ?? model
  if (/claude/.test(name)) return { ...claude, generation: claudeGeneration(name) }
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? {}
}

const claude: Family = { caches: true, cachesTools: true, cacheTimes: true, topK: (top_k) => ({ top_k }) }

const nova: Family = { caches: true, topK: (topK) => ({ inferenceConfig: { topK } }) }

/** The first pattern that fits counts. */
const families: readonly (readonly [RegExp, Family])[] = [
  // https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
  [
    /nova-2/,
    {
      ...nova,
      unlimitedAtHigh: true,
      think: (effort) => ({
        reasoningConfig: effort === 'none' ? { type: 'disabled' } : { type: 'enabled', maxReasoningEffort: effort },
      }),
    },
  ],
  [/nova/, nova],
  [/gpt-oss/, { think: (effort) => (effort === 'none' ? undefined : { reasoning_effort: effort }) }],
  [/qwen3/, { think: (effort) => (effort === 'none' ? undefined : { reasoning_config: effort }) }],
  [/mistral/, { topK: (top_k) => ({ top_k }) }],
  [/cohere/, { topK: (k) => ({ k }) }],
  [/^arn:/, { caches: true, cachesTools: true }],
]
