import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { expect, test } from 'vitest'
import { allSpoken } from '../../src/providers/provider.ts'
import { rows } from './world.ts'

const index = fileURLToPath(new URL('../../src/providers/index.ts', import.meta.url))
const bundles = await bundleEach([...rows.keys()])

test.each([...rows].map(([name, row]) => ({ name, row })))('a bundle of $name has no other row', ({ name, row }) => {
  const { code, inputs } = bundles.get(name)!
  expect(code).toContain(row.baseURL)
  const spoken = allSpoken(row)
  const own = [row, ...spoken].map(({ baseURL }) => baseURL)
  const others = [...rows.values()].map(({ baseURL }) => baseURL).filter((address) => !own.includes(address))
  expect(others.filter((address) => code.includes(`"${address}"`))).toEqual([])

  const models = inputs.filter((file) => file.includes('src/providers/models/'))
  if (Object.keys(row.models).length > 0) expect(models).toHaveLength(1)
  else expect(models.length).toBeLessThanOrEqual(1)
  const chats = [row.operations.chat, ...(row.operations.chat?.also ?? [])].flatMap(
    (speaks) => speaks?.dialect.id ?? [],
  )
  const dialects = inputs.flatMap((file) => /src\/dialects\/([^/]+)\/index\.ts$/.exec(file)?.[1] ?? [])
  expect(dialects.sort()).toEqual(chats.sort())
})

interface Bundle {
  readonly code: string
  /** The files of which something is left in it. */
  readonly inputs: readonly string[]
}

/** What a bundler makes of each export alone. */
async function bundleEach(names: readonly string[]): Promise<ReadonlyMap<string, Bundle>> {
  const { outputFiles, metafile } = await build({
    entryPoints: names.map((name) => ({ in: `row:${name}`, out: name })),
    plugins: [
      {
        name: 'one row',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^row:/ }, ({ path }) => ({ path: path.slice('row:'.length), namespace: 'row' }))
          onLoad({ filter: /.*/, namespace: 'row' }, ({ path }) => ({
            contents: `export { ${path} } from ${JSON.stringify(index)}`,
            resolveDir: '/',
          }))
        },
      },
    ],
    outdir: '/out',
    bundle: true,
    minifySyntax: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    logLevel: 'error',
  })
  return new Map(
    names.map((name, position) => {
      const [, output] = Object.entries(metafile.outputs).find(([file]) => file.endsWith(`/${name}.js`))!
      return [name, { code: outputFiles[position]!.text, inputs: left(output) }]
    }),
  )
}

function left({ inputs }: Metafile['outputs'][string]): readonly string[] {
  return Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
}
