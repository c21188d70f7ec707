import type { Trace } from './trace.ts'

/** Writes a call as a few lines that a person reads: what `ZEROHOP_DEBUG=1` prints. No prompt, no answer, no key. */
export function timeline(trace: Trace): string {
  const { id, operation, model, status, duration, cost, saved, cache, usage, attempts, fallbacks, warnings, error } =
    trace
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
  for (const attempt of attempts) {
    const at = `+${attempt.startedAt - trace.startedAt} ms`
    const first = attempt.firstContent === undefined ? '' : `, first content after ${attempt.firstContent} ms`
    const why = attempt.code ? ` ${attempt.code}${attempt.httpStatus ? ` (HTTP ${attempt.httpStatus})` : ''}` : ''
    const hedge = attempt.hedge ? ' hedge' : ''
    lines.push(
      `  ${at} ${attempt.number}.${hedge} ${attempt.deployment}${attempt.key ? ` ${attempt.key}` : ''} ${attempt.status}${why} ${attempt.duration ?? '…'} ms${first}`,
    )
  }
  for (const note of trace.notes) {
    if (note.type === 'wait') lines.push(`  waited ${Math.round(note.milliseconds)} ms after ${note.because}`)
    if (note.type === 'breaker') lines.push(`  circuit of ${note.deployment} ${note.state}`)
  }
  for (const { from, to, because } of fallbacks) lines.push(`  fell back from "${from}" to "${to}" after ${because}`)
  for (const { deployment, reason, detail } of trace.excluded)
    lines.push(`  not asked: ${deployment}: ${detail ?? reason}`)
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
  return dollars === 0 ? '0' : dollars >= 0.01 ? dollars.toFixed(4) : dollars.toPrecision(3)
}
