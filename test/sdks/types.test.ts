import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

test("the gateway fits the SDKs' constructors, and their answers are read by their own types", {
  timeout: 60_000,
}, () => {
  const tsc = '../../node_modules/typescript/bin/tsc'
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: import.meta.dirname, encoding: 'utf8' })
  expect(stdout).toBe('')
})
