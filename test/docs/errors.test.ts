import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { filters, heldElsewhere, sameModel, standing } from '../../src/routing/filters.ts'
import { demands } from '../../src/routing/preferences.ts'

test('the guide to errors tells every reason for which a plan leaves a deployment out', () => {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/guide/errors.md', import.meta.url)), 'utf8')
  const reasons = [...standing, ...filters, ...sameModel, ...heldElsewhere, ...demands].map(([reason]) => reason)
  expect(reasons).toContain('no_credential')
  expect(reasons.filter((reason) => !guide.includes(`\`${reason}\``))).toEqual([])
})
