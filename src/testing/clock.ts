import type { Runtime } from '../runtime.ts'
import { type Duration, milliseconds } from './duration.ts'
import { createTimerQueue } from './timer-queue.ts'

export interface ClockOptions {
  /** Milliseconds since 1970 at which the clock starts. @default 2026-01-01T00:00:00Z */
  readonly start?: number | Date | undefined
}

/** Time that moves only when a test moves it. */
export interface Clock {
  /** The `now` of a runtime: milliseconds since 1970. */
  readonly now: Runtime['now']
  /** The `timer` of a runtime. */
  readonly timer: Runtime['timer']
  /** How many timers wait. Zero when everything is over: a number that stays tells of a leak. */
  readonly pending: number
  /** Moves time forward, runs what falls due in its order, and lets promises and streams settle after each. */
  advance(duration: Duration): Promise<void>
  /** Lets everything happen that needs no time to pass. */
  settle(): Promise<void>
  /**
   * Moves time from timer to timer until the promise has settled, and gives its result.
   * Rejects when the promise waits for something that will never happen.
   */
  run<T>(promise: PromiseLike<T>): Promise<T>
}

/**
 * Makes a virtual clock, which gives a gateway and a simulator their time.
 *
 * @example
 * const clock = createClock()
 * const simulator = createSimulator({ clock })
 * const gateway = createGateway({ providers: [openai], runtime: testRuntime({ simulator, clock }) })
 *
 * simulator.on().reply('42', { after: '30s' })
 * const reply = await clock.run(gateway.chat({ model: 'openai/gpt-5-mini', messages: 'What is 6 × 7?' }))
 * // Half a minute has passed on the clock, and none in the test.
 */
export function createClock({ start = Date.UTC(2026, 0, 1) }: ClockOptions = {}): Clock {
  const queue = createTimerQueue()
  let now = Number(start)
  let activity = 0

  /** Lets macrotasks pass until two in a row have touched no timer: promises and streams have come to rest. */
  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      const before = activity
      await macrotask()
      quiet = activity === before ? quiet + 1 : 0
    }
  }

  async function fire(due: number): Promise<void> {
    now = Math.max(now, due)
    activity++
    queue.take()?.callback()
    await settle()
  }

  return {
    now: () => now,
    timer(ms, callback) {
      activity++
      const timer = queue.add(now + Math.max(ms, 0), callback)
      return () => {
        activity++
        queue.cancel(timer)
      }
    },
    get pending() {
      return queue.size
    },
    async advance(duration) {
      const end = now + milliseconds(duration)
      if (!Number.isFinite(end)) throw new RangeError('A clock cannot advance for ever: use run(promise).')
      await settle()
      for (let due = queue.nextDue; due !== undefined && due <= end; due = queue.nextDue) await fire(due)
      // Another, under way at the same time, may have come further.
      now = Math.max(now, end)
    },
    settle,
    async run(promise) {
      let settled = false
      const onSettled = (): void => {
        settled = true
      }
      promise.then(onSettled, onSettled)
      for (;;) {
        await settle()
        if (settled) return promise
        const due = queue.nextDue
        if (due !== undefined) await fire(due)
        else if (!(await outsideWork(() => settled || queue.nextDue !== undefined))) {
          throw new Error('The promise will never settle: no timer is left to run, and nothing else happens.')
        }
      }
    },
  }
}

/** Waits a moment for work that no clock drives, such as WebCrypto's. Tells whether it came to anything. */
async function outsideWork(done: () => boolean): Promise<boolean> {
  const end = Date.now() + 200
  // Time alone may pass in one turn, on a machine that is busy with others.
  for (let turns = 0; !done() && (turns < 200 || Date.now() < end); turns++) await macrotask()
  return done()
}

/** One turn of the event loop, which drains all microtasks first. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown }
    if (setImmediate) return void setImmediate(resolve)
    if (typeof MessageChannel === 'undefined') return void setTimeout(resolve, 0)
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
