import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const tsc = '../../node_modules/typescript/bin/tsc'

test.each([
  ['browsers, and the whole of the API', 'dom'],
  ['Node alone', 'node'],
  ['Cloudflare workers', 'workers'],
  ['Bun', 'bun'],
])('the declarations hold under the types of %s', (_, name) => {
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', `tsconfig.${name}.json`], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})
