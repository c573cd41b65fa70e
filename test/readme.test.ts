/** The README is held to what exists: commands, flags, methods, exit statuses, names of the library. */
import {readFileSync} from 'node:fs'
import {Config} from '@oclif/core'
import {expect, test} from 'vitest'
import Classify from '../src/commands/classify.js'
import {METHODS} from '../src/core/methods/registry.js'
import * as library from '../src/index.js'

const readme = readFileSync('README.md', 'utf8')

test('the two commands are marked, and the second is npm test', () => {
  const blocks = [...readme.matchAll(/<!-- (first|second) command -->\n```sh\n([^`]+)\n```/g)]
  expect(blocks.map(([, name]) => name)).toEqual(['first', 'second'])
  expect(blocks[0]![2]).toMatch(/^npm ci && node bin\/vwt\.js classify examples\/\S+\.png$/)
  expect(blocks[1]![2]).toBe('npm test')
})

test('every command that is shown exists, and every command that exists is shown', async () => {
  const {commandIDs} = await Config.load({root: process.cwd(), ignoreManifest: true})
  const existing = commandIDs.map((id) => id.replaceAll(':', ' ')).sort()
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1]!)
  const pieces = [
    ...blocks.flatMap((block) => block.split('\n')),
    ...[...readme.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!),
  ]
  const shown = pieces.flatMap((piece) => /^vwt ((?:models |vocab )?[a-z-]+)/.exec(piece)?.[1] ?? [])
  expect([...new Set(shown)].sort()).toEqual(existing)
})

test('the table of classify flags is complete and names no other', () => {
  const shown = [...readme.matchAll(/^\| `--([a-z-]+)[^`]*` *\|/gm)].map((match) => match[1]!)
  expect(shown.sort()).toEqual(Object.keys(Classify.flags).sort())
})

test('the table of methods is the registry, in its order', () => {
  const section = readme.slice(readme.indexOf('## Methods'), readme.indexOf('## Models'))
  const shown = [...section.matchAll(/^\| `([a-z0-9-]+)[^`]*` *\|/gm)].map((match) => match[1]!)
  expect(shown).toEqual(METHODS.map(({name}) => name))
})

test('what the library example imports is exported', () => {
  const names = [...readme.matchAll(/import \{([^}]+)\} from 'vwt'/g)].flatMap((match) => match[1]!.split(/,\s*/))
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) expect(library).toHaveProperty(name.trim())
})

test('links to files of the repository lead somewhere', () => {
  for (const [, target] of readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g))
    expect(() => readFileSync(target!)).not.toThrow()
})
