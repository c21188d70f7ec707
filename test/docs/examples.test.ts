import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const examples = readdirSync(`${root}examples`).filter((file) => file.endsWith('.ts'))

test.each(examples)('examples/%s runs to its end without a key', (file) => {
  const withoutKeys = Object.entries(process.env).filter(([name]) => !name.endsWith('_API_KEY'))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', `examples/${file}`], {
    cwd: root,
    encoding: 'utf8',
    env: Object.fromEntries(withoutKeys),
    timeout: 60_000,
  })
  expect(stderr).toBe('')
  expect(stdout).not.toBe('')
  expect(status).toBe(0)
})

test('there are examples', () => {
  expect(examples).toContain('quickstart.ts')
})
