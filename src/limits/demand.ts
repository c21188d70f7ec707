import type { Attempt } from '../call.ts'
import { answersOf, maximumOf } from '../operations/byte-bound.ts'
import type { CounterEntry } from '../stores/counters.ts'
import { type Line, type Meter, missingField, reaches, subjectsOf } from './meter.ts'

/** What one attempt asks of all counters that it touches. */
export interface AttemptDemand {
  readonly entries: readonly CounterEntry[]
  /** What each entry is for. */
  readonly lines: readonly Line[]
  readonly units: { readonly least: number; readonly most: number }
  /** Whether the output must be given a maximum when all of it is granted, too, for it has none. */
  readonly unbounded: boolean
  /** How many answers share the units. */
  readonly answers: number
}

/** Works out what an attempt may take at most, from whom, and how far its output may be capped. */
export function demandOf(meters: readonly Meter[], attempt: Attempt, counted: readonly string[]): AttemptDemand {
  const { deployment, principal } = attempt
  const request = attempt.request as OutputRequest
  const bound = deployment.worstCase(attempt)
  const answers = answersOf(request.n)
  const entries: CounterEntry[] = []
  const lines: Line[] = []
  let spare = 0
  let capping = false

  for (const meter of meters) {
    if (!reaches(meter.scope, deployment)) continue
    const limit = meter.limit(principal)
    if (limit === undefined) continue
    const demand = meter.demand(attempt, bound)
    if (!demand) continue
    const { fixed, perUnit } = demand
    const caps =
      meter.hard &&
      perUnit > 0 &&
      !attempt.operation.uncapped &&
      (meter.caps || maximumOf(request.maxOutputTokens) === undefined)
    const subjects = subjectsOf(meter.scope, principal, deployment)
    if (!subjects) throw missingField(meter, principal)
    for (const subject of subjects) {
      const key = meter.prefix + subject
      if (meter.once && counted.includes(key)) continue
      entries.push({ key, window: meter.window, limit: meter.hard ? limit : undefined, fixed, perUnit, caps })
      lines.push({ meter, subject, key, limit })
    }
    if (!caps) continue
    capping = true
    spare = Math.max(spare, meter.minimumOutput)
  }

  const most = bound.outputTokens ?? unlistedMaximum * answers
  // What it thinks comes off the same maximum as what it says.
  const least = capping ? Math.min(most, (spare + (maximumOf(request.reasoning?.budgetTokens) ?? 0)) * answers) : most
  const units = { least, most }
  return { entries, lines, units, unbounded: capping && bound.outputTokens === undefined, answers }
}

/** The attempt as it may be sent: with the maximum output that was granted, if less than was asked. */
export function granted(attempt: Attempt, demand: AttemptDemand, units: number): Attempt {
  const {
    units: { most },
    unbounded,
    answers,
  } = demand
  if (units >= most && !unbounded) return attempt
  const { deployment, trace } = attempt
  const asked: OutputRequest = attempt.request
  const request: OutputRequest = { ...asked, maxOutputTokens: Math.floor(units / answers) }
  const instead = asked.maxOutputTokens === undefined ? '' : ` instead of ${asked.maxOutputTokens}`
  const why = units < most ? 'that is what the limits leave' : 'its own maximum is not known'
  const message = `${deployment.id} is asked for at most ${request.maxOutputTokens} tokens of output${instead}: ${why}.`
  trace.note({ type: 'warning', message })
  return { ...attempt, request }
}

/** The most output of a model whose maximum nobody knows, and whose cost must have a bound. */
const unlistedMaximum = 4096

/** What a request that makes text says of its length. */
type OutputRequest = Attempt['request'] & {
  readonly maxOutputTokens?: number | undefined
  readonly n?: number | undefined
  readonly reasoning?: { readonly budgetTokens?: number | undefined } | undefined
}
