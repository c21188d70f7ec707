import type { AttemptTrace, TimedNote } from '../call.ts'
import type { Trace } from './trace.ts'

/** Writes a call as a few lines that a person reads: what `ZEROHOP_DEBUG=1` prints. No prompt, no answer, no key. */
export function timeline(trace: Trace): string {
  const {
    id,
    operation,
    model,
    status,
    duration,
    cost,
    saved,
    cache,
    usage,
    attempts,
    notes,
    excluded,
    warnings,
    error,
  } = trace
  const lines = [
    [
      `zerohop ${operation} "${model}" ${status}`,
      duration !== undefined && `${duration} ms`,
      cache !== 'off' && `cache ${cache}`,
      usage.inputTokens !== undefined && `${usage.inputTokens} in`,
      usage.outputTokens !== undefined && `${usage.outputTokens} out`,
      attempts.length > 0 && (cost === undefined ? 'cost unknown' : `$${formatDollars(cost)}`),
      saved !== undefined && `saved $${formatDollars(saved)}`,
      id,
    ]
      .filter(Boolean)
      .join(' · '),
  ]
  const events = [
    ...attempts.map((attempt) => ({ at: attempt.startedAt, line: attemptLine(attempt) })),
    ...notes.flatMap((note) => {
      const line = noteLine(note)
      return line ? [{ at: note.at, line }] : []
    }),
  ]
  for (const { at, line } of events.sort((a, b) => a.at - b.at)) lines.push(`  +${at - trace.startedAt} ms ${line}`)
  for (const { deployment, reason, detail } of excluded) lines.push(`  not asked: ${deployment}: ${detail ?? reason}`)
  for (const { rule, subject, spent, limit, kind } of trace.limits) {
    const unit = kind === 'budget' ? '$' : ''
    lines.push(`  ${rule} ${subject}: ${unit}${spent} of ${unit}${limit}`)
  }
  for (const warning of warnings) lines.push(`  warning: ${warning}`)
  if (error) lines.push(`  ${error.code}: ${error.message}`)
  return lines.join('\n')
}

/** Dollars with as many digits as small prices need. */
export function formatDollars(dollars: number): string {
  if (dollars === 0) return '0'
  if (dollars >= 0.01) return dollars.toFixed(4)
  // Smaller ones would be written with an exponent; money is counted in nano-dollars.
  return dollars >= 1e-6 ? dollars.toPrecision(3) : dollars.toFixed(9)
}

function attemptLine({
  number,
  hedge,
  deployment,
  key = '',
  status,
  code,
  httpStatus,
  duration,
  firstContent,
}: AttemptTrace): string {
  const why = code && `${code}${httpStatus ? ` (HTTP ${httpStatus})` : ''}`
  const first = firstContent === undefined ? '' : `, first content after ${firstContent} ms`
  return `${[`${number}.`, hedge && 'hedge', deployment, key, status, why, `${duration ?? '…'}`].filter(Boolean).join(' ')} ms${first}`
}

function noteLine(note: TimedNote): string | undefined {
  switch (note.type) {
    case 'wait':
      return `waits ${Math.round(note.milliseconds)} ms after ${note.because}`
    case 'breaker':
      return `the circuit of ${note.deployment} is ${note.state}`
    case 'fallback':
      return `falls back from "${note.from}" to "${note.to}" after ${note.because}`
    case 'continuation':
      return `goes on at ${note.to}, for ${note.from} broke off: ${note.because}`
    default:
      return undefined
  }
}
