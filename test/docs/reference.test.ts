import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { partOptions } from '../../src/doors/call-options.ts'
import { createGateway } from '../../src/index.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the generated pages of the reference are what the code says', () => {
  const words = ['scripts/generate-reference.mjs', '--check']
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('the page of options tells every option of a gateway and of a call', () => {
  const page = readFileSync(new URL('../../docs/reference/options.md', import.meta.url), 'utf8')
  const untold = (section: string, names: readonly string[]): readonly string[] => {
    const text = page.slice(page.indexOf(`## ${section}`)).split('\n## ')[0]!
    return names.filter((name) => !text.includes(`| \`${name}\``))
  }
  let known: readonly string[] = []
  try {
    createGateway({ nothingLikeIt: true } as never)
  } catch (error) {
    known = /Known are: (.*)\./.exec(String(error))?.[1]?.split(', ') ?? []
  }
  expect(known).toContain('providers')
  expect(untold('`createGateway`', known)).toEqual([])
  expect(untold('Of one call', Object.keys(partOptions({}).options))).toEqual([])
})
