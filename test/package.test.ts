/** The lock file serves every platform, and the package holds what a user needs. */
import {existsSync, readFileSync} from 'node:fs'
import {expect, test} from 'vitest'

type Locked = {
  version?: string
  resolved?: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const lock: Record<string, Locked> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages

test('the lock file knows the dependencies of package.json', () => {
  const {dependencies, devDependencies, optionalDependencies} = lock['']!
  expect({dependencies, devDependencies, optionalDependencies}).toEqual({
    dependencies: manifest.dependencies,
    devDependencies: manifest.devDependencies,
    optionalDependencies: manifest.optionalDependencies,
  })
})

test('every package made for one platform is locked, whatever the platform the lock file was made on', () => {
  const names = new Set(Object.keys(lock).map((path) => path.replace(/^.*node_modules\//, '')))
  const missing = Object.entries(lock).flatMap(([path, {optionalDependencies = {}}]) =>
    Object.keys(optionalDependencies).flatMap((name) => (names.has(name) ? [] : [`${path} → ${name}`])),
  )
  expect(missing).toEqual([])
})

test('everything locked comes from the npm registry', () => {
  const elsewhere = Object.values(lock).flatMap(({resolved}) =>
    resolved && !resolved.startsWith('https://registry.npmjs.org/') ? [resolved] : [],
  )
  expect(elsewhere).toEqual([])
})

test('what the package names is there', () => {
  for (const path of ['bin/vwt.js', 'CHANGELOG.md', 'LICENSE', 'README.md']) expect(existsSync(path), path).toBe(true)
  expect(manifest.bin.vwt).toBe('bin/vwt.js')
})
