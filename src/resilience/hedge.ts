import type { Call } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { Reply } from '../reply.ts'
import type { Trying } from './attempt.ts'

/**
 * Begins another try when the first has said nothing after `delay` milliseconds. The first content wins; the other
 * is aborted, and what it cost is counted. When both fail, the first failure counts.
 */
export function hedge(call: Call, first: Trying, delay: number, another: () => Trying | undefined): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const tries = [first]
    const failures = new Map<Trying, unknown>()
    let done = false

    function join(trying: Trying): void {
      trying.reply.then(
        (reply) => {
          if (done) {
            // Both answered in the same turn: the second leaves as a reader would.
            if (reply.kind === 'stream') void reply.cancel(lost())
            return
          }
          done = true
          cancel()
          resolve(reply)
          for (const other of tries) if (other !== trying && !failures.has(other)) other.abandon(lost())
        },
        (error: unknown) => {
          if (done) return
          failures.set(trying, error)
          if (failures.size < tries.length) return
          done = true
          cancel()
          reject(failures.get(first))
        },
      )
    }

    const cancel = call.runtime.timer(delay, () => {
      if (done) return
      const second = another()
      if (!second) return
      tries.push(second)
      join(second)
    })
    join(first)
  })
}

function lost(): GatewayError {
  return new GatewayError('cancelled', 'Another attempt answered first.')
}
