import type { Charge, Cost } from '../call.ts'
import type { Usage } from '../operations/operation.ts'

/** What two attempts used together. What only one of them told counts as all that is known. */
export function addUsage(one: Usage | undefined, other: Usage): Usage {
  return one ? added(one, other) : other
}

/** What two attempts cost together. */
export function addCharge(one: Charge | undefined, other: Charge | undefined): Charge | undefined {
  if (!one || !other) return one ?? other
  return {
    usage: addUsage(one.usage, other.usage),
    cost: one.cost && other.cost && added<Cost>(one.cost, other.cost),
    estimated: one.estimated || other.estimated,
    uncertain: one.uncertain || other.uncertain,
  }
}

/** Adds up numbers of the same name. Of anything else the latest counts. */
function added<T extends object>(one: T, other: T): T {
  const sum = { ...one } as Record<string, unknown>
  for (const [name, value] of Object.entries(other)) {
    const before = sum[name]
    if (typeof value === 'number' && typeof before === 'number') sum[name] = before + value
    else if (value !== undefined) sum[name] = value
  }
  return sum as T
}
