import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Installs a folder's packages as its lockfile says, unless they are there. */
export function install(folder) {
  const marker = join(root, folder, 'node_modules/.package-lock.json')
  const lockfile = join(root, folder, 'package-lock.json')
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lockfile).mtimeMs) return
  console.log(`npm ci in ${folder}`)
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === 'win32'
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: join(root, folder), shell, stdio: 'inherit' })
}
