import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { expect, test } from 'vitest'
import { entries } from '../../entries.ts'
import { installed, tarball } from './install.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(installed, { recursive: true, encoding: 'utf8', withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
const code = files.filter((file) => /\.c?js$/.test(file))
const declarations = files.filter((file) => /\.d\.c?ts$/.test(file))
const manifest = JSON.parse(text('package.json')) as Record<string, unknown>

test('publint finds nothing to complain of', async () => {
  const { messages } = await publint({ pkgDir: installed, pack: false, strict: true })
  expect(messages).toEqual([])
})

test('the types are right for ESM and CommonJS alike', () => {
  // It exits with 1, which throws, when it finds a problem.
  const report = node('../../node_modules/@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'node16')
  for (const { specifier } of entries) expect(report).toContain(`"${specifier}"`)
})

test('it holds what is needed to use it, and nothing else', () => {
  const needed = [
    'LICENSE',
    'README.md',
    'THIRD-PARTY-NOTICES.md',
    'package.json',
    ...entries.flatMap(({ name }) => ['js', 'cjs', 'd.ts', 'd.cts'].map((end) => `dist/${name}.${end}`)),
  ]
  const sharedChunk = /^dist\/[\w-]+-[\w-]{8}\.(js|d\.ts|d\.cts)$/
  expect(needed.filter((file) => !files.includes(file))).toEqual([])
  expect(files.filter((file) => !needed.includes(file) && !sharedChunk.test(file))).toEqual([])
})

test('it depends on nothing and has no side effects', () => {
  expect(manifest).toMatchObject({ type: 'module', sideEffects: false })
  expect(Object.keys(manifest)).not.toContain('dependencies')
})

test('the notices name every package whose code is bundled in', () => {
  const bundled = code.flatMap((file) => [...text(file).matchAll(/^\s*\/\/ \S*node_modules\/((?:@[^/]+\/)?[^/]+)/gm)])
  const names = [...new Set(bundled.map(([, name]) => name!))].sort()
  const noticed = [...text('THIRD-PARTY-NOTICES.md').matchAll(/^\| \[(.+?)\]/gm)].map(([, name]) => name)
  expect(names).not.toEqual([])
  expect(noticed).toEqual(names)
})

test.each(code)('%s imports no Node built-in and no other package', (file) => {
  expect(imports(text(file)).filter((specifier) => !specifier.startsWith('.'))).toEqual([])
})

test.each(declarations)('%s refers to no other package', (file) => {
  expect(imports(text(file)).filter((specifier) => !specifier.startsWith('.'))).toEqual([])
  expect(text(file)).not.toMatch(/\/\/\/ <reference/)
})

test('the search for imports finds them in every form', () => {
  const forms = [
    "import fs from 'node:fs'",
    'import{a}from"path"',
    "import 'os'",
    "export * from 'net'",
    "const x = require('tls')",
    'await import("zlib")',
    "type A = import('http').Agent",
  ]
  expect(forms.flatMap(imports)).toEqual(['node:fs', 'path', 'os', 'net', 'tls', 'zlib', 'http'])
  expect(builtinModules).toEqual(expect.arrayContaining(['fs', 'path', 'os']))
  expect(imports("process.getBuiltinModule('node:crypto')")).toEqual([])
})

test.each(entries)('$specifier exports the same names to import and to require', ({ specifier }) => {
  const imported = node('-e', `import('${specifier}').then((it) => console.log(Object.keys(it).join()))`)
  const required = node('--input-type=commonjs', '-e', `console.log(Object.keys(require('${specifier}')).join())`)
  const names = (list: string): string[] => list.trim().split(',').sort()
  expect(names(required)).toEqual(names(imported))
  expect(names(imported).join()).not.toBe('')
})

test('an error is shown to people by its own name', () => {
  const show = 'console.log(GatewayError.name, inspect(new GatewayError("internal", "words")))'
  const imported = `import { inspect } from 'node:util'; import { GatewayError } from 'zerohop'; ${show}`
  const required = `const { inspect } = require('node:util'); const { GatewayError } = require('zerohop'); ${show}`
  expect(node('--input-type=module', '-e', imported)).toMatch(/^GatewayError GatewayError: words\n/)
  expect(node('--input-type=commonjs', '-e', required)).toMatch(/^GatewayError GatewayError: words\n/)
})

/** The modules that a source text imports, requires or refers to. */
function imports(source: string): string[] {
  const pattern = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*(['"])([^'"\s${}]+)\1/g
  return [...source.matchAll(pattern)].map(([, , specifier]) => specifier!)
}

function text(file: string): string {
  return readFileSync(join(installed, file), 'utf8')
}

/** Runs Node as an application beside the installed package would, and returns what it prints. */
function node(...words: string[]): string {
  return execFileSync(process.execPath, words, { cwd: here, encoding: 'utf8' })
}
