/** Runs a TypeScript file of this repository on any Node: `node scripts/run.mjs examples/quickstart.ts`. */
import { mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const [, , file, ...words] = process.argv
if (file === undefined) throw new Error('Say which file: node scripts/run.mjs examples/quickstart.ts')

const folder = join(root, 'node_modules/.cache/zerohop')
const bundle = join(folder, `${basename(file, '.ts')}-${process.pid}.mjs`)
mkdirSync(folder, { recursive: true })
await build({
  entryPoints: [file],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  // The package's own name means its sources, as tsconfig.json says; the SDKs lie where the tests have them.
  tsconfig: join(root, 'tsconfig.json'),
  nodePaths: [join(root, 'test/sdks/node_modules')],
  logLevel: 'warning',
})
process.setSourceMapsEnabled(true)
process.argv = [process.argv[0], file, ...words]
process.on('exit', () => rmSync(bundle, { force: true }))
await import(pathToFileURL(bundle).href)
