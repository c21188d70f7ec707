import type { Ledger } from './bill.ts'
import type { ExchangeRecord } from './exchange.ts'
import { type Generation, tokensOf } from './generation.ts'
import type { SimulatedUsage } from './usage.ts'
import type { StreamFrame } from './wire-format.ts'

/**
 * `'as-sent'`: input is charged when the model takes the request, output as it is generated, until the application leaves.
 * `'in-full'`: everything is charged when the model takes the request, whether or not anybody waits for it.
 */
export type Billing = 'as-sent' | 'in-full'

/** Counts what one answer costs, while it is given. */
export interface Meter {
  /** The model takes the request. */
  take(): void
  /** A part of a stream is sent. */
  send(frame: Pick<StreamFrame, 'place' | 'tokens' | 'reasoningTokens'>): void
  /** The model has done all its work. */
  complete(): void
}

/** Puts a meter on an exchange. */
export function createMeter(ledger: Ledger, record: ExchangeRecord, generation: Generation, billing: Billing): Meter {
  const full = generation.usage
  const pieces = generation.choices.flatMap((choice) => choice.pieces)
  const total = { spoken: 0, thought: 0 }
  for (const piece of pieces) total[piece.type === 'reasoning' ? 'thought' : 'spoken'] += tokensOf(piece)
  let spoken = 0
  let thought = 0

  function charge(usage: SimulatedUsage): void {
    // An application that has left is charged no more.
    if (record.outcome !== 'running') return
    record.billed = ledger.charge(record, usage)
    record.usage = usage
  }

  return {
    take: () => charge(billing === 'in-full' ? full : { ...full, outputTokens: 0, reasoningTokens: 0 }),
    send({ place, tokens, reasoningTokens }) {
      if (billing === 'in-full' || place === 'opening') return
      if (place === 'closing') return charge(full)
      thought += reasoningTokens
      spoken += tokens - reasoningTokens
      // Who speaks has thought all that he will; thoughts that are not shown are among them.
      const reasoning = spoken > 0 ? full.reasoningTokens : share(full.reasoningTokens, thought, total.thought)
      const speech = share(full.outputTokens - full.reasoningTokens, spoken, total.spoken)
      charge({ ...full, reasoningTokens: reasoning, outputTokens: reasoning + speech })
    },
    complete: () => charge(full),
  }
}

function share(amount: number, part: number, whole: number): number {
  return whole > 0 ? Math.floor((amount * part) / whole) : 0
}
