import type { CircuitBreakerOptions } from './circuit-breaker.ts'

/**
 * Opens as LiteLLM's router cools down: on a 429, or when more than half of at least 5 calls of the current minute
 * failed; for 5 seconds. Unlike there, one probe goes first, and a caller's own 401 or 404 opens nothing.
 */
export function litellmBreaker(overrides: CircuitBreakerOptions = {}): CircuitBreakerOptions {
  return {
    errorRatio: 0.5,
    minimumCalls: 5,
    window: '1m',
    calendar: true,
    consecutiveFailures: Number.POSITIVE_INFINITY,
    opensOn: ['rate_limited'],
    cooldown: '5s',
    maxCooldown: '5s',
    ...overrides,
  }
}

/** Opens as Hystrix: when more than half of at least 20 calls in 10 seconds failed; for 5 seconds, always the same. */
export function hystrixBreaker(overrides: CircuitBreakerOptions = {}): CircuitBreakerOptions {
  return {
    errorRatio: 0.5,
    minimumCalls: 20,
    window: '10s',
    consecutiveFailures: Number.POSITIVE_INFINITY,
    cooldown: '5s',
    maxCooldown: '5s',
    ...overrides,
  }
}

/** Opens as Envoy's outlier detection: after 5 failures in a row; for 30 seconds, longer each time, up to 5 minutes. */
export function envoyBreaker(overrides: CircuitBreakerOptions = {}): CircuitBreakerOptions {
  return {
    minimumCalls: Number.POSITIVE_INFINITY,
    consecutiveFailures: 5,
    cooldown: '30s',
    maxCooldown: '5m',
    ...overrides,
  }
}
