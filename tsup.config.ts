import type { Options } from 'tsup'
import { entries } from './entries.ts'

/** What stands by itself: built apart, so that the files of the rest are few. Each file costs an import half a millisecond. */
const apart = ['catalog/index', 'integrations/ai-sdk/index', 'testing/index']

const together = entries.filter(({ name }) => !apart.includes(name))
const groups = [together, ...apart.map((name) => entries.filter((entry) => entry.name === name))]

const options: Options[] = groups.map((group, index) => ({
  entry: Object.fromEntries(group.map(({ name, source }) => [name, source])),
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  clean: index === 0,
  // tsup sets `baseUrl` for declarations, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  // What the core is made of is bundled in: importing it from outside costs 90 ms.
  noExternal: [/.*/],
  esbuildOptions(options) {
    // lru-cache imports node:diagnostics_channel unless it takes this for a browser.
    options.conditions = ['browser']
    // lru-cache and p-retry look for `performance`, which loads a dozen modules of Node: two milliseconds of every import.
    options.define = { ...options.define, performance: 'Date' }
  },
}))

export default options
