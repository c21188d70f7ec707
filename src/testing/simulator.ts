import type { Runtime } from '../runtime.ts'
import type { AnswerOptions } from './answer.ts'
import { formatOf, type IncomingRequest, keyOf, providerOf, readRequest, type SimulatorInit } from './arrival.ts'
import { type Bill, createLedger, type SimulatedPrices } from './bill.ts'
import { type Connection, connect } from './connection.ts'
import { type Call, deliver } from './delivery.ts'
import { echo } from './echo.ts'
import type { Exchange, ExchangeRecord } from './exchange.ts'
import type { Failure } from './failure.ts'
import { invalidRequest, type RawResponse, respond, unauthorized } from './faults.ts'
import type { Billing } from './meter.ts'
import { type Action, createScript, type Match, type Script, type ScriptReader, type Step, toAction } from './script.ts'
import { noUsage } from './usage.ts'
import type { ModelRequest, WireFormat } from './wire-format.ts'

export interface SimulatorOptions {
  /** Gives the simulator its time: a {@link Clock}, or a runtime. @default real time */
  readonly clock?: Pick<Runtime, 'now' | 'timer'> | undefined
  /** What the providers charge. @default nothing, and every model that is used stands in `bill.unpriced` */
  readonly prices?: SimulatedPrices | undefined
  /** When they charge it. @default 'as-sent' */
  readonly billing?: Billing | undefined
  /** What happens to a call that no script is for; `'error'` lets `fetch` reject. @default 'echo' */
  readonly unmatched?: 'echo' | 'error' | Exclude<Step, string> | undefined
  /** How answers come, unless they say otherwise. */
  readonly defaults?: AnswerOptions | undefined
  /** The keys that are accepted; others get the provider's 401. @default any, and none */
  readonly keys?: readonly string[] | undefined
  /** Names of providers by host, for hosts of one's own. */
  readonly providers?: Readonly<Record<string, string>> | undefined
  /** How many of the latest calls to keep in `calls`. @default all */
  readonly keep?: number | undefined
}

/** Providers that live in the process. */
export interface Simulator {
  /** Put it where `fetch` goes: in a gateway's runtime, in a provider's SDK, in code that calls a provider by hand. */
  readonly fetch: (input: string | URL | Request, init?: SimulatorInit) => Promise<Response>
  /** Begins a script for the calls that match. Of several scripts that match a call, the one begun last has it. */
  on(match?: Match | ((exchange: Exchange) => boolean)): Script
  /** Every call that arrived, in order. A call whose signal was aborted beforehand does not arrive. */
  readonly calls: readonly Exchange[]
  /** How many calls are in flight, up to the end of their bodies. A number that stays tells of a leak. */
  readonly running: number
  /** The most that were in flight at once. */
  readonly maxRunning: number
  /** What all calls have cost up to now. */
  readonly bill: Bill
  /** Forgets scripts, calls and the bill. Calls in flight go on, unseen. */
  reset(): void
}

/**
 * Makes a `fetch` that answers as OpenAI, Anthropic, Google and providers like them do, as a script says, and keeps
 * what they would charge. It tells the format from the path and the provider from the host.
 *
 * @example
 * const simulator = createSimulator({ prices: { 'gpt-5-mini': { input: 0.25, output: 2 } } })
 * simulator
 *   .on({ model: 'gpt-5-mini' })
 *   .reply('42')
 *   .then(rateLimited({ retryAfter: '1.5' }))
 *   .then(stream(['a', 'b'], { dieAfter: 1 }))
 *
 * const client = new OpenAI({ apiKey: 'any', fetch: simulator.fetch })
 * await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'What is 6 × 7?' }] })
 * simulator.calls[0]?.body // what the SDK sent
 * simulator.bill.dollars   // what it cost
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const {
    clock = realTime,
    billing = 'as-sent',
    unmatched = 'echo',
    defaults = {},
    keep = Number.POSITIVE_INFINITY,
  } = options
  let scripts: ScriptReader[] = []
  let calls: Exchange[] = []
  let ledger = createLedger(options.prices)
  let running = 0
  let maxRunning = 0
  let count = 0
  let epoch = 0

  async function fetch(input: string | URL | Request, init?: SimulatorInit): Promise<Response> {
    const request = readRequest(input, init)
    const text = typeof request.body === 'string' ? request.body : await request.body
    if (request.signal?.aborted) throw request.signal.reason
    const { record, connection, format } = take(request, text)
    try {
      const arrival = { url: request.url, provider: record.provider, body: asObject(record.body) ?? {} }
      const model = format?.read(arrival)
      if (model) Object.assign(record, { model: model.model, stream: model.stream })
      const decision = complaintOf(record, format) ?? decide(record, connection, model)
      // Without waiting where there is nothing to wait for: a request is taken, and billed, as soon as it is made.
      const action = decision instanceof Promise ? await decision : decision
      const given = action.kind === 'answer' ? { ...defaults, ...action } : action
      return await deliver(given, { request, record, connection, format, arrival, model, clock, ledger, billing })
    } catch (error) {
      // Only the first end counts: this is none when the application has left.
      connection.end('failed')
      throw error
    }
  }

  function take(request: IncomingRequest, text: string): Pick<Call, 'record' | 'connection' | 'format'> {
    const { url, headers, method, signal } = request
    const provider = providerOf(url.host, options.providers ?? {})
    const format = formatOf(url.pathname, provider)
    const record: ExchangeRecord = {
      index: count++,
      method,
      url: url.href,
      host: url.host,
      provider,
      format: format?.id,
      model: '',
      stream: false,
      headers,
      body: parsed(text),
      key: keyOf(headers, url),
      times: { sent: clock.now() },
      outcome: 'running',
      status: undefined,
      sent: '',
      usage: noUsage,
      billed: 0,
    }
    calls.push(record)
    if (calls.length > keep) calls.shift()
    running++
    maxRunning = Math.max(maxRunning, running)
    const own = epoch
    const connection = connect(record, clock, signal, () => {
      if (own === epoch) running--
    })
    return { record, connection, format }
  }

  function complaintOf({ key, body }: Exchange, format: WireFormat | undefined): Failure | undefined {
    if (options.keys && (key === undefined || !options.keys.includes(key))) return unauthorized()
    if (!format) return undefined
    const object = asObject(body)
    const complaint = object ? format.complaint(object) : 'We could not parse the JSON body of your request.'
    return complaint === undefined ? undefined : invalidRequest(complaint)
  }

  function decide(record: Exchange, connection: Connection, model: ModelRequest | undefined): Action | Promise<Action> {
    const step = scripts.find((script) => script.matches(record))?.take() ?? unscripted(record, model)
    if (typeof step !== 'function') return toAction(step)
    const result = step(record)
    return result instanceof Promise ? connection.during(result).then(toAction) : toAction(result)
  }

  function unscripted(record: Exchange, model: ModelRequest | undefined): Step {
    if (unmatched === 'error') {
      throw new Error(`No script of the simulator is for ${record.method} ${record.url} (model "${record.model}").`)
    }
    if (unmatched !== 'echo') return unmatched
    return model ? echo(model) : notFound(record)
  }

  return {
    fetch,
    on(match = {}) {
      const { script, reader } = createScript(match)
      scripts.unshift(reader)
      return script
    },
    get calls() {
      return calls
    },
    get running() {
      return running
    },
    get maxRunning() {
      return maxRunning
    },
    get bill() {
      return ledger.bill
    },
    reset() {
      scripts = []
      calls = []
      ledger = createLedger(options.prices)
      running = 0
      maxRunning = 0
      epoch++
      count = 0
    },
  }
}

const realTime: Pick<Runtime, 'now' | 'timer'> = {
  now: () => Date.now(),
  timer(ms, callback) {
    const id = setTimeout(callback, ms)
    return () => clearTimeout(id)
  },
}

function notFound({ method, url }: Exchange): RawResponse {
  const message = `Unknown request URL: ${method} ${new URL(url).pathname}.`
  const error = { message, type: 'invalid_request_error', param: null, code: 'unknown_url' }
  return respond({ status: 404, body: { error } })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
