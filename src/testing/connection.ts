import type { Runtime } from '../runtime.ts'
import { type Duration, milliseconds } from './duration.ts'
import type { ExchangeRecord } from './exchange.ts'
import type { Ending, Write } from './playback.ts'

/** How fast a body comes. */
export interface Pace {
  readonly firstChunk?: Duration | undefined
  readonly gap?: Duration | undefined
  /** A sign of life, and how often it is sent in place of a chunk that takes longer. */
  readonly ping?: { readonly every: Duration; readonly text: string } | undefined
}

/** The simulator's end of one exchange: it waits and sends, and notices at every point when the application leaves. */
export interface Connection {
  /** Waits; rejects with the signal's reason when the application leaves. */
  wait(duration: Duration): Promise<void>
  /** Waits for another's work in the same way. */
  during<T>(work: Promise<T>): Promise<T>
  /** Sends a response at once. */
  respond(
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string,
    outcome: 'answered' | 'failed',
  ): Response
  /** Sends the headers, and the body as fast as it is read and as the pace allows. */
  play(
    headers: Readonly<Record<string, string>>,
    writes: Generator<Write, Ending, undefined>,
    pace: Pace,
    onWrite: (write: Write) => void,
  ): Response
  /** Closes the books on the exchange. Only the first end counts. */
  end(outcome: 'answered' | 'failed' | 'aborted'): void
}

/** Opens the simulator's end of an exchange. */
export function connect(
  record: ExchangeRecord,
  { now, timer }: Pick<Runtime, 'now' | 'timer'>,
  signal: AbortSignal | undefined,
  onEnd: () => void,
): Connection {
  let cancelTimer: (() => void) | undefined
  /** Tells whoever waits that the application has left. */
  let leave: ((reason: unknown) => void) | undefined
  const onAbort = (): void => {
    end('aborted')
    leave?.(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })

  function end(outcome: 'answered' | 'failed' | 'aborted'): void {
    if (record.outcome !== 'running') return
    record.outcome = outcome
    record.times.ended = now()
    signal?.removeEventListener('abort', onAbort)
    cancelTimer?.()
    onEnd()
  }

  function after(ms: number, callback: () => void): void {
    // What takes for ever needs no timer, nor does who has left.
    if (ms !== Number.POSITIVE_INFINITY && record.outcome === 'running') cancelTimer = timer(ms, callback)
  }

  function during<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      leave = reject
      if (signal?.aborted) reject(signal.reason)
      work.then(resolve, reject)
    })
  }

  return {
    during,
    wait: (duration) => during(new Promise((resolve) => after(milliseconds(duration), resolve))),
    respond(status, headers, body, outcome) {
      signal?.throwIfAborted()
      record.status = status
      record.sent = body
      record.times.firstByte = now()
      end(outcome)
      return new Response(bodiless.includes(status) ? null : body, { status, headers })
    },
    play(headers, writes, pace, onWrite) {
      signal?.throwIfAborted()
      record.status = 200
      const text = new TextDecoder()
      const firstChunk = milliseconds(pace.firstChunk ?? 0)
      const gap = milliseconds(pace.gap ?? 0)
      const pingEvery = pace.ping ? milliseconds(pace.ping.every) : Number.POSITIVE_INFINITY
      const ping = new TextEncoder().encode(pace.ping?.text)
      let nextChunkAt = now() + firstChunk
      let next = writes.next()

      function send(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
        record.times.firstByte ??= now()
        record.sent += text.decode(bytes, { stream: true })
        controller.enqueue(bytes)
      }

      function sendNext(controller: ReadableStreamDefaultController<Uint8Array>, write: Write): void {
        onWrite(write)
        send(controller, write.bytes)
        if (write.place === 'content') nextChunkAt = now() + gap
        next = writes.next()
        // The end comes with the last bytes, so that a reader who has them all has not left early.
        if (next.done) stop(controller, next.value)
      }

      function stop(controller: ReadableStreamDefaultController<Uint8Array>, ending: Ending): void {
        if (ending === 'die' || ending === 'stall') return
        end(ending === 'end' ? 'answered' : 'failed')
        controller.close()
      }

      function pull(controller: ReadableStreamDefaultController<Uint8Array>): void | Promise<void> {
        if (next.done) {
          if (next.value === 'stall') return new Promise(() => {})
          if (next.value !== 'die') return stop(controller, next.value)
          end('failed')
          return controller.error(terminated())
        }
        const write = next.value
        const wait = write.place === 'content' ? nextChunkAt - now() : 0
        if (!(wait > 0)) return sendNext(controller, write)
        return new Promise((resolve) => {
          after(Math.min(wait, pingEvery), () => {
            if (pingEvery < wait) send(controller, ping)
            else sendNext(controller, write)
            resolve()
          })
        })
      }

      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            leave = (reason) => controller.error(reason)
          },
          pull,
          cancel: () => end('aborted'),
        },
        // Nothing is sent before it is asked for: a slow reader slows the provider.
        { highWaterMark: 0 },
      )
      return new Response(body, { status: 200, headers })
    },
    end,
  }
}

/** The statuses that allow no body. */
const bodiless = [204, 205, 304]

/** What `fetch` rejects with when the connection breaks before the headers. */
export function connectionReset(): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
  return new TypeError('fetch failed', { cause })
}

/** What a body fails with when the connection breaks in the middle of it. */
function terminated(): TypeError {
  return new TypeError('terminated', {
    cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
  })
}
