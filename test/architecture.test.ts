import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const contracts = [
  'call',
  'copy',
  'duration',
  'errors',
  'leaving',
  'middleware',
  'nearest',
  'operations',
  'option-rules',
  'providers',
  'recent',
  'reply',
  'runtime',
]
const slot = [...contracts, 'pricing', 'stores', 'guardrails']
const parts = [...slot, 'cache', 'dialects', 'limits', 'resilience', 'routing', 'telemetry', 'transport']

/** What each part of src may import. Read it top to bottom: nothing imports what is below it. */
const layers: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  runtime: [],
  operations: [],
  copy: [],
  nearest: [],
  recent: [],
  duration: ['errors'],
  'option-rules': ['errors', 'nearest'],
  dialects: ['errors', 'operations'],
  providers: ['dialects', 'errors', 'runtime'],
  call: ['duration', 'errors', 'operations', 'providers', 'runtime'],
  leaving: ['call', 'errors', 'runtime'],
  reply: ['call', 'errors', 'operations'],
  middleware: ['call', 'errors', 'operations', 'reply'],
  stores: ['call', 'errors', 'operations'],
  pricing: ['call', 'errors', 'operations', 'providers'],
  catalog: ['errors', 'pricing', 'providers', 'runtime'],
  guardrails: ['call', 'errors', 'operations'],
  cache: slot,
  limits: slot,
  routing: slot,
  resilience: slot,
  telemetry: slot,
  transport: ['call', 'dialects', 'errors', 'operations', 'providers', 'reply', 'runtime'],
  doors: parts,
  options: ['errors', 'nearest'],
  gateway: [...parts, 'doors', 'options'],
  index: [...parts, 'doors', 'gateway'],
  integrations: [...parts, 'doors', 'gateway', 'index', 'nearest'],
  // The simulator writes wire bytes by hand, so that it does not share our mistakes.
  testing: [],
}

/** Parts of which others' types are all that they may import. Those of testing may come from anywhere. */
const typesOnly = ['call', 'testing']

/** The packages that are bundled in, and who may import them. */
const packages: Readonly<Record<string, readonly string[]>> = {
  dialects: ['eventsource-parser'],
  options: ['zod/mini'],
  resilience: ['p-retry'],
  stores: ['lru-cache'],
}

/** Time, chance and the network: Runtime is the one seam to them. */
const world =
  /\b(globalThis|(process|console|crypto|performance)\??\.\w+|set(Timeout|Interval|Immediate)|Date\.now|Math\.random|AbortSignal\.(any|timeout))\b|new Date\(\)/g
const seams = ['runtime.ts', 'testing/clock.ts', 'testing/simulator.ts']

const src = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll(sep, '/'))

test.each(files)('%s imports only what its layer may', (file) => {
  const layer = layerOf(file)
  expect(layers).toHaveProperty(layer)
  const forbidden = importsOf(file).filter(({ specifier, type }) => {
    if (!specifier.startsWith('.')) return !packages[layer]?.includes(specifier)
    const target = normalize(join(dirname(file), specifier)).replaceAll(sep, '/')
    const other = layerOf(target)
    if (other === layer) return layer === 'dialects' && isForeignDialect(file, target)
    if (layer === 'testing') return !type
    return !layers[layer]!.includes(other) || (typesOnly.includes(layer) && !type)
  })
  expect(forbidden).toEqual([])
})

test.each(files.filter((file) => !seams.includes(file)))('%s meets the world only through Runtime', (file) => {
  const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '')
  expect(code.match(world) ?? []).toEqual([])
})

function layerOf(file: string): string {
  return file.split('/')[0]!.replace('.ts', '')
}

// Everything passes through the operation's own request, response and events: no dialect knows another.
function isForeignDialect(file: string, target: string): boolean {
  const [, own] = file.split('/')
  const [, other, rest] = target.split('/')
  // The list of all of them names each.
  return rest !== undefined && other !== own && own !== 'index.ts'
}

function importsOf(file: string): { readonly specifier: string; readonly type: boolean }[] {
  const statements = read(file).matchAll(
    /(?:^(?:import|export)\b( type\b)?(?:[\w\s{},*]*\bfrom)? |\bimport\()'([^']+)'/gm,
  )
  return [...statements].map(([, type, specifier]) => ({ specifier: specifier!, type: type !== undefined }))
}

function read(file: string): string {
  return readFileSync(join(src, file), 'utf8')
}
