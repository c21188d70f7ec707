/** Runs a TypeScript file of this repository on any Node: `node scripts/run.mjs examples/quickstart.ts`. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const [, , file, ...words] = process.argv
if (file === undefined) throw new Error('Say which file: node scripts/run.mjs examples/quickstart.ts')

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const sources = Object.fromEntries(
  Object.entries(exports).flatMap(([subpath, { import: target }]) =>
    target
      ? [[`zerohop${subpath.slice(1)}`, join(root, target.default.replace('dist', 'src').replace(/js$/, 'ts'))]]
      : [],
  ),
)

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
  tsconfigRaw: {},
  // The package's own name means its sources; the SDKs lie where the tests have them.
  alias: sources,
  nodePaths: [join(root, 'test/sdks/node_modules')],
  // Some of what the SDKs import is CommonJS.
  banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
  logLevel: 'warning',
})
process.argv = [process.argv[0], file, ...words]
process.on('exit', () => rmSync(bundle, { force: true }))
await import(pathToFileURL(bundle).href)
