import type { Runtime } from '../runtime.ts'
import type { Answer } from './answer.ts'
import type { IncomingRequest } from './arrival.ts'
import type { Ledger } from './bill.ts'
import { type Connection, connectionReset } from './connection.ts'
import type { ExchangeRecord } from './exchange.ts'
import type { Failure } from './failure.ts'
import type { RawResponse } from './faults.ts'
import { generate } from './generation.ts'
import { type Billing, createMeter } from './meter.ts'
import { playStream, playWhole, wholeAtOnce } from './playback.ts'
import type { Action } from './script.ts'
import type { Arrival, ModelRequest, WireFormat } from './wire-format.ts'

/** All that is known of a call under way. */
export interface Call {
  readonly request: IncomingRequest
  readonly record: ExchangeRecord
  readonly connection: Connection
  /** Undefined, as is the model, where the path is of no format. */
  readonly format: WireFormat | undefined
  readonly model: ModelRequest | undefined
  readonly arrival: Arrival
  readonly clock: Pick<Runtime, 'now'>
  readonly ledger: Ledger
  readonly billing: Billing
}

/** Lets happen to a call what was decided. */
export async function deliver(action: Action, call: Call): Promise<Response> {
  if (action.kind === 'answer') return give(action, call)
  if (action.after) await call.connection.wait(action.after)
  if (action.kind === 'failure') return fail(action, call)
  if (action.kind === 'raw') return sendRaw(action, call)
  throw connectionReset()
}

async function give(answer: Answer, call: Call): Promise<Response> {
  const { record, connection, arrival, clock } = call
  const { format, model } = knownFormat(call)
  const serial = serialOf(record)
  const generation = generate(answer, model, { serial, createdAt: clock.now() })
  const meter = createMeter(call.ledger, record, generation, call.billing)
  const { failure } = answer
  // What fails before it has said anything has not worked.
  const works = failure?.after !== 0
  if (works) meter.take()
  if (answer.after) await connection.wait(answer.after)
  if (answer.lost) {
    meter.complete()
    throw connectionReset()
  }
  const headers = { ...format.headers(model.stream, arrival, serial, clock.now()), ...answer.headers }
  if (answer.silent) return connection.respond(200, headers, '', 'answered')
  const wireFailure = failure && format.failure(failure.with, record, serial)
  if (!model.stream) {
    if (wireFailure) return connection.respond(200, headers, JSON.stringify(wireFailure.body), 'failed')
    meter.complete()
    const body = format.whole(generation, arrival)
    const atOnce = wholeAtOnce(body, answer)
    if (atOnce !== undefined) return connection.respond(200, headers, atOnce, 'answered')
    return connection.play(headers, playWhole(body, answer), {}, () => {})
  }
  const failing = wireFailure && {
    after: failure!.after,
    frame: (sent: string) => format.failureFrame(wireFailure, arrival, sent),
  }
  const { firstChunk, gap } = answer
  const ping = answer.ping !== undefined && format.ping ? { every: answer.ping, text: format.ping } : undefined
  const writes = playStream(format.frames(generation, arrival), answer, failing, format.encode)
  return connection.play(headers, writes, { firstChunk, gap, ping }, works ? meter.send : () => {})
}

function fail(failure: Failure, call: Call): Response {
  const { record, connection, arrival, clock } = call
  const { format } = knownFormat(call)
  const serial = serialOf(record)
  const wire = format.failure(failure, record, serial)
  // What a provider does not call an error comes as its stream would.
  if (wire.status === 200 && record.stream) {
    const headers = format.headers(true, arrival, serial, clock.now())
    return connection.respond(200, headers, format.failureFrame(wire, arrival, ''), 'failed')
  }
  return connection.respond(wire.status, wire.headers, JSON.stringify(wire.body), 'failed')
}

function sendRaw({ status, headers, body }: RawResponse, { request: { redirect }, connection }: Call): Response {
  if (status >= 300 && status < 400 && redirect !== 'manual') {
    const why = redirect === 'error' ? 'unexpected redirect' : 'redirect count exceeded'
    throw new TypeError('fetch failed', { cause: new Error(why) })
  }
  return connection.respond(status, headers, body, status < 400 ? 'answered' : 'failed')
}

function knownFormat({ format, model, record }: Call): { format: WireFormat; model: ModelRequest } {
  if (format && model) return { format, model }
  throw new Error(`The simulator knows no format for ${record.method} ${record.url}: script it with respond(…).`)
}

/** Unique in a simulator, and the same in every run. */
function serialOf({ index }: ExchangeRecord): string {
  return `sim${String(index).padStart(6, '0')}`
}
