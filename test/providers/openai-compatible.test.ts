import { expect, test } from 'vitest'
import { openai } from '../../src/providers/openai.ts'
import * as compatible from '../../src/providers/openai-compatible.ts'

const rows: readonly compatible.OpenAICompatible[] = [openai, ...Object.values(compatible)]

test.each(rows.map((row) => [row.id, row] as const))('%s has an address, a key and a name of its own', (id, row) => {
  expect(rows.filter((other) => other.id === id)).toHaveLength(1)
  const { protocol, hostname, pathname } = new URL(row.baseURL)
  expect(protocol).toBe(hostname === 'localhost' ? 'http:' : 'https:')
  expect(row.auth.optional ?? false).toBe(hostname === 'localhost')
  expect(row.baseURL.endsWith('/')).toBe(false)
  expect(pathname).not.toContain('chat')
  expect(row.auth.env.length).toBeGreaterThan(0)
})

test('a row is exported under its id', () => {
  for (const [name, { id }] of Object.entries(compatible)) expect(name).toBe(id)
})

test('a row whose models have slashes says so', () => {
  for (const { id, models, slashes } of rows) {
    const names = Object.keys(models)
    if (names.some((name) => name.includes('/'))) expect(slashes, id).toBe(true)
  }
})
