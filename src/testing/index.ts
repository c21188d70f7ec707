export {
  type Answer,
  type AnswerContent,
  type AnswerInput,
  type AnswerOptions,
  answer,
  json,
  type ReasoningContent,
  reasoning,
  refusal,
  stream,
  type TextContent,
  type ToolCallContent,
  toolCalls,
} from './answer.ts'
export type { SimulatorInit } from './arrival.ts'
export type { Bill, SimulatedPrice, SimulatedPrices } from './bill.ts'
export { type Clock, type ClockOptions, createClock } from './clock.ts'
export { type ContinuesOptions, continues } from './continues.ts'
export type { Duration } from './duration.ts'
export type { ChatFormat, Exchange, Format, MediaFormat, WholeFormat } from './exchange.ts'
export type { Failure, FailureOptions, FailureReason, WaitHint } from './failure.ts'
export {
  contentFiltered,
  contextWindowExceeded,
  cutOff,
  type Disconnection,
  dropped,
  emptyAnswer,
  emptyStream,
  errorInStream,
  htmlPage,
  invalidRequest,
  lost,
  malformedJson,
  modelNotFound,
  overloaded,
  permissionDenied,
  prefillRefused,
  quotaExhausted,
  type RawResponse,
  rateLimited,
  redirect,
  respond,
  serverError,
  slow,
  stalled,
  unauthorized,
} from './faults.ts'
export type { Billing } from './meter.ts'
export type { Action, Match, Script, Step, StepFunction } from './script.ts'
export { seededRandom } from './seeded-random.ts'
export { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
export { type TestRuntimeOptions, testRuntime } from './test-runtime.ts'
export type { SimulatedUsage } from './usage.ts'
