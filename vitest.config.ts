import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'
import { entries } from './entries.ts'

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** Tests import the package by its name and get the sources, except those of the package itself. */
const sources = entries.map(({ specifier, source }) => ({
  find: new RegExp(`^${specifier}$`),
  replacement: path(source),
}))

/** Milliseconds. Nothing sleeps: what takes so long hangs, and a property takes a while on a busy machine. */
const testTimeout = 60_000

/** Folders of test/ with needs of their own. Everything else is a unit test. */
const apart = ['ai-sdk', 'bench', 'docs', 'memory', 'package', 'runtimes', 'sdks', 'size', 'types']

const config: ViteUserConfig = {
  test: {
    projects: [
      {
        resolve: { alias: sources },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...apart.map((folder) => `test/${folder}/**`)],
          testTimeout,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias: sources },
        test: { name: 'sdks', include: ['test/sdks/*.test.ts'], testTimeout, sequence: { groupOrder: 0 } },
      },
      {
        resolve: { alias: sources },
        test: { name: 'ai-sdk', include: ['test/ai-sdk/*/*.test.ts'], testTimeout, sequence: { groupOrder: 0 } },
      },
      {
        resolve: { alias: sources },
        test: { name: 'docs', include: ['test/docs/*.test.ts'], testTimeout, sequence: { groupOrder: 0 } },
      },
      {
        test: {
          name: 'package',
          include: ['test/{package,runtimes,size,types}/*.test.ts'],
          globalSetup: 'test/package/install.ts',
          testTimeout,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias: sources },
        test: {
          name: 'memory',
          include: ['test/memory/*.test.ts'],
          pool: 'forks',
          execArgv: ['--expose-gc'],
          maxWorkers: 1,
          testTimeout,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
}

export default config
