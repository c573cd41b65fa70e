import {execFileSync, spawnSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {ownCommit, ownVersion} from '../../../src/core/workflows/own-version.js'
import {temporaryFolder} from '../weights/files.js'

test('the version is that of the package', () => {
  expect(ownVersion()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
})

const hasGit = spawnSync('git', ['--version']).status === 0

/** A clone with one file and one commit. */
function clone(): {folder: string; commit: string; file: string} {
  const folder = temporaryFolder()
  const git = (...argv: string[]) => execFileSync('git', argv, {cwd: folder, encoding: 'utf8'}).trim()
  const file = join(folder, 'a.txt')
  writeFileSync(file, 'a')
  git('init', '--quiet')
  git('add', 'a.txt')
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '--message', 'a')
  return {folder, commit: git('rev-parse', 'HEAD'), file}
}

test.runIf(hasGit)('the commit is that of the clone, marked when a tracked file was changed', () => {
  const {folder, commit, file} = clone()
  expect(commit).toMatch(/^[0-9a-f]{40}$/)
  expect(ownCommit(folder)).toBe(commit)
  writeFileSync(join(folder, 'untracked.txt'), 'b')
  expect(ownCommit(folder)).toBe(commit)
  writeFileSync(file, 'b')
  expect(ownCommit(folder)).toBe(`${commit}-dirty`)
})

test.runIf(hasGit)(
  'an installed package has none, even inside the repository of its user, and neither has a clone without commit',
  () => {
    const {folder} = clone()
    expect(ownCommit(join(folder, 'node_modules', 'vwt'))).toBeNull()
    const empty = temporaryFolder()
    execFileSync('git', ['init', '--quiet'], {cwd: empty})
    expect(ownCommit(empty)).toBeNull()
  },
)
