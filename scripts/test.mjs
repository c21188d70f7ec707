/**
 * Installs what is missing, runs every check, and ends with one line: `N passed, N failed`.
 * It needs only Node and git, so that `npm test` is all that a fresh clone has to be told.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
process.chdir(root)

/** Folders with a lockfile of their own. */
const installs = ['.', 'test/sdks', 'test/runtimes', 'test/types']

/** Each counts as one. They run side by side; the tests need the build. */
const checks = {
  types: ['node_modules/typescript/bin/tsc', '-p', '.'],
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  build: ['node_modules/tsup/dist/cli-default.js'],
}

for (const folder of installs.filter(isStale)) {
  if (!(await run(`npm ci in ${folder}`, 'npm', ['ci', '--no-audit', '--no-fund', '--prefix', folder]))) end(0, 1)
}

const names = Object.keys(checks)
const results = await Promise.all(names.map((name) => run(name, process.execPath, checks[name])))
const built = results[names.indexOf('build')]
const tests = await runTests(built ? [] : ['--project', '!package'])
const passed = results.filter(Boolean).length
end(passed + tests.passed, results.length - passed + tests.failed)

/** Whether a folder's packages are missing or older than its lockfile. */
function isStale(folder) {
  const marker = join(folder, 'node_modules/.package-lock.json')
  return !existsSync(marker) || statSync(marker).mtimeMs < statSync(join(folder, 'package-lock.json')).mtimeMs
}

/** Runs a command, prints its output in one piece when it has ended, and tells whether it succeeded. */
function run(title, command, words) {
  return new Promise((resolve) => {
    const startedAt = Date.now()
    // npm is a script on Windows, which only a shell can start.
    const shell = command === 'npm' && process.platform === 'win32'
    const child = spawn(command, words, { shell, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = []
    child.stdout.on('data', (bytes) => output.push(bytes))
    child.stderr.on('data', (bytes) => output.push(bytes))
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)))
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

function end(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
