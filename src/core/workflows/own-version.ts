/** Which vwt this is: the version of the package, and the commit when it runs from a clone. */
import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/** This file is `src/core/workflows/own-version.ts`, or the same under `dist`. */
const ROOT = new URL('../../../', import.meta.url)

export function ownVersion(): string {
  return JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')).version
}

/**
 * The commit of the clone that vwt runs from, with `-dirty` behind it when tracked files differ from it.
 *
 * @param root folder of the package; a repository that merely contains it (an installed package) does not count.
 * @returns null when vwt does not run from a clone, or git cannot be asked.
 */
export function ownCommit(root = fileURLToPath(ROOT)): string | null {
  if (!existsSync(`${root}/.git`)) return null
  const options = {cwd: root, encoding: 'utf8', timeout: 5000} as const
  const head = spawnSync('git', ['rev-parse', '--verify', 'HEAD'], options)
  const commit = head.status === 0 ? head.stdout.trim() : ''
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return null
  const changes = spawnSync('git', ['status', '--porcelain', '--untracked-files=no'], options)
  return changes.status === 0 && changes.stdout.trim() !== '' ? `${commit}-dirty` : commit
}
