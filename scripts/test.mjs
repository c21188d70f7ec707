/**
 * Installs what is missing, runs every check, and ends with one line: `N passed, N failed`.
 * It needs only Node and git, so that `npm test` is all that a fresh clone has to be told.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

process.chdir(fileURLToPath(new URL('../', import.meta.url)))

/** Each counts as one. They run side by side; the tests need the build. */
const checks = {
  types: ['node_modules/typescript/bin/tsc', '-p', '.'],
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  build: ['node_modules/tsup/dist/cli-default.js'],
}

const folders = ['sdks', 'ai-sdk/v5', 'ai-sdk/v6', 'ai-sdk/v7', 'runtimes', 'types'].map((folder) => `test/${folder}`)
for (const folder of ['.', ...folders]) {
  if (install(folder)) continue
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const names = Object.keys(checks)
const results = await Promise.all(names.map((name) => run(name, checks[name])))
const built = results[names.indexOf('build')]
const tests = await runTests(built ? [] : ['--project', '!package'])

const passed = tests.passed + results.filter(Boolean).length
const failed = tests.failed + results.filter((succeeded) => !succeeded).length
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** Runs a check, prints its output in one piece when it has ended, and tells whether it succeeded. */
function run(title, words) {
  return new Promise((resolve) => {
    const startedAt = Date.now()
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    const output = []
    child.stdout.on('data', (bytes) => output.push(bytes))
    child.stderr.on('data', (bytes) => output.push(bytes))
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(output))
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
      console.log(`${code === 0 ? '✓' : '✗'} ${title} (${seconds} s)\n`)
      resolve(code === 0)
    })
  })
}

async function runTests(words) {
  const folder = mkdtempSync(join(tmpdir(), 'zerohop-test-'))
  const report = join(folder, 'report.json')
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json']
  const child = spawn(process.execPath, [...vitest, `--outputFile.json=${report}`, ...words], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const succeeded = await new Promise((resolve) => child.on('close', (code) => resolve(code === 0)))
  const counts = existsSync(report) ? count(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0 }
  rmSync(folder, { recursive: true })
  // An error outside of any test fails the run too.
  return succeeded || counts.failed > 0 ? counts : { ...counts, failed: 1 }
}

/** A file that could not be run counts as one failure. */
function count({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return { passed: numPassedTests, failed: numFailedTests + broken.length }
}
