import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as exported from '../../src/providers/index.ts'
import { type AnyProvider, allSpoken } from '../../src/providers/provider.ts'

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
const rows = Object.values<unknown>(exported).filter(
  (value): value is AnyProvider => typeof value === 'object' && value !== null && 'baseURL' in value,
)

test('the README counts the rows as they are', () => {
  const verified = rows.filter(({ known }) => known === 'verified').length
  expect(readme).toContain(`one way to call ${rows.length} providers`)
  expect(readme).toContain(`**${rows.length} providers** as rows of values; ${verified} are verified`)
  expect(readme).toContain(`${rows.length - verified} of the rows are as good as the list`)
})

test('the README counts formats and operations as they are', () => {
  const formats = new Set(
    rows.flatMap(allSpoken).flatMap(({ dialect }) => (dialect.operation.id === 'chat' ? [dialect.id] : [])),
  )
  const operations = new Set(rows.flatMap((row) => Object.keys(row.operations)))
  expect(readme).toContain(
    `${rows.length} provider rows, ${formats.size} formats of chat and ${operations.size} operations`,
  )
})
