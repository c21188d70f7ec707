import type { Options } from 'tsup'
import { entries } from './entries.ts'

const options: Options = {
  entry: Object.fromEntries(entries.map(({ name, source }) => [name, source])),
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  clean: true,
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
}

export default options
