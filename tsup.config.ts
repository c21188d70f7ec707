import type { Options } from 'tsup'
import { entries } from './entries.ts'

/** What stands by itself: built apart, so that the files of the rest are few. Each file costs an import half a millisecond. */
const apart = ['catalog/index', 'integrations/ai-sdk/index', 'testing/index']

const common: Options = {
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  // What the core is made of is bundled in: importing it from outside costs 90 ms.
  noExternal: [/.*/],
  esbuildOptions(options) {
    // lru-cache imports node:diagnostics_channel unless it takes this for a browser.
    options.conditions = ['browser']
    // lru-cache and p-retry look for `performance`, which loads a dozen modules of Node: two milliseconds of every import.
    options.define = { ...options.define, performance: 'Date' }
  },
}

const code = [entries.filter(({ name }) => !apart.includes(name)), ...apart.map((name) => named(name))].map(
  (group, index): Options => ({ ...common, entry: entryOf(group), clean: index === 0 }),
)

const declarations: Options = {
  ...common,
  entry: entryOf(entries),
  // tsup sets `baseUrl` for declarations, which TypeScript 6 calls deprecated.
  dts: { only: true, compilerOptions: { ignoreDeprecations: '6.0' } },
}

function named(name: string): typeof entries {
  return entries.filter((entry) => entry.name === name)
}

function entryOf(group: typeof entries): Record<string, string> {
  return Object.fromEntries(group.map(({ name, source }) => [name, source]))
}

const all: Options[] = [...code, declarations]

export default all
