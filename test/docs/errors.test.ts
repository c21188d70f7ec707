import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { filters } from '../../src/routing/filters.ts'
import { demands } from '../../src/routing/preferences.ts'

test('the guide to errors tells every reason for which a plan leaves a deployment out', () => {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/guide/errors.md', import.meta.url)), 'utf8')
  const reasons = Object.keys({ ...filters, ...demands })
  expect(reasons).toContain('no_credential')
  expect(reasons.filter((reason) => !guide.includes(`\`${reason}\``))).toEqual([])
})
