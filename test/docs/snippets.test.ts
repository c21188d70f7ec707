import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createSimulator } from 'zerohop/testing'
import { snippetsOf } from './snippets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
// Beside the SDKs, so that snippets may import them.
const folder = join(root, 'test/sdks/.snippets')

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => join('docs', file)),
]
const snippets = documents
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) => snippetsOf(readFileSync(join(root, file), 'utf8')).map((snippet) => ({ file, ...snippet })))
  .map((snippet) => ({
    ...snippet,
    path: join(folder, `${snippet.file.replaceAll(/[\\/]/g, '-')}-${snippet.line}.ts`),
  }))

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  // The AI SDK lies elsewhere.
  symlinkSync(join(root, 'test/ai-sdk/v6/node_modules'), join(folder, 'node_modules'), 'junction')
  for (const { path, code } of snippets) writeFileSync(path, code)
  const compilerOptions = { declaration: false, isolatedDeclarations: false }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }),
  )
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('every snippet compiles', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

test.each(snippets.filter(({ runs }) => runs))('$file:$line runs', async ({ path }) => {
  vi.stubGlobal('fetch', createSimulator().fetch)
  for (const provider of ['OPENAI', 'ANTHROPIC', 'GEMINI', 'GROQ']) vi.stubEnv(`${provider}_API_KEY`, 'key-of-nobody')
  for (const method of ['log', 'error', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => {})
  await import(path)
})

test('blocks are found, joined and marked as their fences say', () => {
  const markdown = [
    '# Title',
    '```ts',
    'const a = 1',
    '```',
    '```sh',
    'npm',
    '```',
    '```ts continue',
    'a',
    '```',
    '```ts no-run',
    'b',
    '```',
  ]
  const [first, second, ...rest] = snippetsOf(markdown.join('\n'))
  expect(first).toMatchObject({ line: 2, runs: true })
  expect(first!.code.split('\n').slice(0, 10)).toEqual(['', '', 'const a = 1', '', '', '', '', '', 'a', ''])
  expect(second).toMatchObject({ line: 11, runs: false })
  expect(rest).toEqual([])
})
