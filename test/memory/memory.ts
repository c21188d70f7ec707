import { setImmediate as turn } from 'node:timers/promises'

/** Bytes in use, in the heap and outside of it, after all garbage has been collected. */
export async function bytesInUse(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await turn()
    gc!()
  }
  // ArrayBuffers are a part of what is external.
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
