import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Installs a folder's packages as its lockfile says, unless they are there. Tells whether it succeeded. */
export function install(folder) {
  const marker = join(root, folder, 'node_modules/.package-lock.json')
  const lockfile = join(root, folder, 'package-lock.json')
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lockfile).mtimeMs) return true
  console.error(`Installing the packages of ${folder}`)
  // `npm ci` refuses a lockfile without the binaries of other platforms, which not every registry has.
  const words = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === 'win32'
  return spawnSync('npm', words, { cwd: join(root, folder), shell, stdio: ['ignore', 2, 2] }).status === 0
}
