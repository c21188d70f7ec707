import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Rounds that do not count: the compiler is still at work. */
const warmUp = 5

/** The middle value. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/**
 * Microseconds of one run of each of several functions: in turns, so that a busy machine disturbs all alike, and the
 * median of the rounds. Each round begins with another one. Nothing calls `gc()`: it would throw compiled code away too.
 */
export async function microseconds(functions, { rounds, runs }) {
  const samples = functions.map(() => [])
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < functions.length; turn++) {
      const index = (turn + round + warmUp) % functions.length
      const startedAt = performance.now()
      for (let run = 0; run < runs; run++) await functions[index]()
      const duration = ((performance.now() - startedAt) * 1000) / runs
      if (round >= 0) samples[index].push(duration)
    }
  }
  return samples.map(median)
}

/** Milliseconds of CPU to import modules, each list in a process of its own, less those of an empty module. */
export function importCosts(lists, rounds) {
  const all = [['data:text/javascript,'], ...lists]
  const samples = all.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, specifiers] of all.entries()) samples[index].push(importCost(specifiers))
  }
  const [empty, ...rest] = samples.map(median)
  return rest.map((cost) => cost - empty)
}

function importCost(specifiers) {
  const imports = specifiers.map((specifier) => `await import(${JSON.stringify(specifier)})`).join('\n')
  const script = `const before = process.cpuUsage()
    ${imports}
    const { user, system } = process.cpuUsage(before)
    console.log((user + system) / 1000)`
  const words = ['--input-type=module', '--eval', script]
  return Number(execFileSync(process.execPath, words, { cwd: here, encoding: 'utf8' }))
}

/** Bytes of a module with all that it imports, bundled and minified by esbuild and packed by gzip. */
export async function bundleSize(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    logLevel: 'error',
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}
