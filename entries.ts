import manifest from './package.json' with { type: 'json' }

/** Each subpath of the package, as it is imported, and the source file behind it: read from package.json's `exports`. */
export const entries: readonly { readonly specifier: string; readonly name: string; readonly source: string }[] =
  Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return []
    const name = target.import.default.replace(/^\.\/dist\/(.+)\.js$/, '$1')
    return [{ specifier: manifest.name + subpath.slice(1), name, source: `src/${name}.ts` }]
  })
