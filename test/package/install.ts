import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { entries } from '../../entries.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const modules = join(root, 'test/node_modules')

/** The package as it would be published. */
export const tarball: string = join(modules, 'zerohop.tgz')

/** The same, unpacked: everything under test/ that imports `zerohop` by name finds it here. */
export const installed: string = join(modules, 'zerohop')

/** Builds the package where that is due, packs it, and unpacks it. */
export default function install(): void {
  if (isStale()) {
    execFileSync(process.execPath, ['node_modules/tsup/dist/cli-default.js'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  rmSync(installed, { recursive: true, force: true })
  mkdirSync(installed, { recursive: true })
  const name = npm('pack', '--silent', '--ignore-scripts', '--pack-destination', modules).trim()
  renameSync(join(modules, name), tarball)
  execFileSync('tar', ['-xzf', '../zerohop.tgz', '--strip-components', '1'], { cwd: installed })
}

function isStale(): boolean {
  const built = entries.flatMap(({ name }) => ['js', 'cjs', 'd.ts', 'd.cts'].map((end) => `dist/${name}.${end}`))
  if (!built.every((file) => existsSync(join(root, file)))) return true
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => `src/${file}`)
  const changed = (file: string): number => statSync(join(root, file)).mtimeMs
  const oldest = Math.min(...built.map(changed))
  return [...sources, 'package.json', 'tsup.config.ts'].some((file) => changed(file) > oldest)
}

// npm is a script on Windows, which only a shell can start.
function npm(...words: string[]): string {
  return execFileSync('npm', words, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
}
