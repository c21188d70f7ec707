import { type Answer, type AnswerInput, type AnswerOptions, answer } from './answer.ts'
import type { Exchange, Format } from './exchange.ts'
import type { Failure } from './failure.ts'
import type { Disconnection, RawResponse } from './faults.ts'

/** What happens to one call, decided. */
export type Action = Answer | Failure | RawResponse | Disconnection

/** What happens to one call: an answer, a fault, or a function that says which when the call comes. */
export type Step = AnswerInput | Action | StepFunction

/** Decides what happens to a call by looking at it. */
export type StepFunction = (exchange: Exchange) => AnswerInput | Action | Promise<AnswerInput | Action>

/** Which calls a script is for: all that it names must fit. */
export interface Match {
  readonly model?: string | RegExp | undefined
  readonly provider?: string | undefined
  readonly host?: string | RegExp | undefined
  readonly format?: Format | undefined
  /** Whether a stream was asked for. */
  readonly stream?: boolean | undefined
  /** The key that the call was signed with. */
  readonly key?: string | undefined
  /** Anything else. */
  readonly where?: ((exchange: Exchange) => boolean) | undefined
}

/** What happens to the calls that match, one step for each; the last step repeats. No promise, though it has a `then`. */
export interface Script {
  /** Adds a step. Options are for answers. */
  reply(step: Step, options?: AnswerOptions): Script
  /** Adds the next step. */
  then(step: Step, options?: AnswerOptions): Script
}

/** The side of a script that the simulator reads. */
export interface ScriptReader {
  matches(exchange: Exchange): boolean
  /** Uses up the next step. */
  take(): Step
}

/** Makes an empty script, which matches nothing until it has a step. */
export function createScript(match: Match | ((exchange: Exchange) => boolean)): {
  script: Script
  reader: ScriptReader
} {
  const fits = typeof match === 'function' ? match : (exchange: Exchange) => fitsAll(match, exchange)
  const steps: Step[] = []
  let position = 0

  const script: Script = {
    reply(step, options) {
      steps.push(withOptions(step, options))
      return script
    },
    // `await` and async functions call every `then` they find: with a second function, which no step takes.
    then(step, options) {
      if (typeof options !== 'function') return script.reply(step, options)
      const reject = options as (error: Error) => void
      reject(
        new TypeError(
          'A script of the simulator is no promise: do not await it, nor return it from an async function.',
        ),
      )
      return script
    },
  }
  const reader: ScriptReader = {
    matches: (exchange) => steps.length > 0 && fits(exchange),
    take: () => steps[Math.min(position++, steps.length - 1)]!,
  }
  return { script, reader }
}

/** Reads every form in which an action may be written. */
export function toAction(value: AnswerInput | Action): Action {
  return typeof value === 'object' && 'kind' in value ? value : answer(value)
}

function withOptions(step: Step, options: AnswerOptions | undefined): Step {
  if (options === undefined) return step
  if (typeof step === 'function') return async (exchange) => amended(await step(exchange), options)
  return amended(step, options)
}

function amended(value: AnswerInput | Action, options: AnswerOptions): Action {
  const action = toAction(value)
  if (action.kind !== 'answer')
    throw new TypeError('These options are for answers: give those of a fault to the fault.')
  return { ...action, ...options }
}

function fitsAll({ model, host, where, ...exact }: Match, exchange: Exchange): boolean {
  return (
    isLike(model, exchange.model) &&
    isLike(host, exchange.host) &&
    (exact.provider === undefined || exact.provider === exchange.provider) &&
    (exact.format === undefined || exact.format === exchange.format) &&
    (exact.stream === undefined || exact.stream === exchange.stream) &&
    (exact.key === undefined || exact.key === exchange.key) &&
    (where === undefined || where(exchange))
  )
}

function isLike(pattern: string | RegExp | undefined, value: string): boolean {
  if (pattern === undefined) return true
  return typeof pattern === 'string' ? pattern === value : value.search(pattern) >= 0
}
