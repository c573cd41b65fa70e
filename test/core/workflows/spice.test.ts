import {chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {checkSpiceJar, scoreSpice} from '../../../src/core/workflows/spice.js'

const folder = mkdtempSync(join(tmpdir(), 'vwt-spice-test-'))
afterAll(() => rmSync(folder, {recursive: true}))
// Temporary folders of the hand-over go where this test can count them.
process.env.TMPDIR = folder
const jar = join(folder, 'spice-1.0.jar')
writeFileSync(jar, '')

const CAPTIONS = ['a red bird', 'two dogs']
const REFERENCES = [['a bird', 'the red bird'], ['dogs']]

/** A program that stands for Java: `body` has `input` (parsed), `out` (path), `args` and `fs`. */
function standIn(name: string, body: string): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    `#!${process.execPath}
const fs = require('node:fs')
const args = process.argv.slice(2)
const input = JSON.parse(fs.readFileSync(args[args.indexOf('-jar') + 2], 'utf8'))
const out = args[args.indexOf('-out') + 1]
${body}
`,
  )
  chmodSync(path, 0o755)
  return path
}

/** F-score of an image: tenths by its number, so that order is seen. */
const SCORES = `input.map(({image_id, refs}) => ({image_id, scores: {All: {pr: 1, re: 1, f: (image_id + refs.length) / 10}}}))`
const windows = process.platform === 'win32'

test.skipIf(windows)('scores come back in the order of the images, whatever the order of the tool', async () => {
  const java = standIn(
    'good',
    `if (args[0] !== '-Xmx8G' || process.cwd() !== fs.realpathSync(${JSON.stringify(folder)})) process.exit(9)
if (input[0].test !== 'a red bird' || input[1].refs[0] !== 'dogs') process.exit(8)
fs.writeFileSync(out, JSON.stringify(${SCORES}.reverse()))`,
  )
  expect(await scoreSpice(CAPTIONS, REFERENCES, {jar, java})).toEqual({images: [0.2, 0.2], reason: null})
})

test.skipIf(windows)('a tool that fails is quoted: the error of a Java program, of others the last words', async () => {
  const trace = 'Parsing\nException in thread "main" java.lang.NoClassDefFoundError: edu/Foo\n\tat A.b(A.java:1)\n'
  const java = standIn('fails', `process.stderr.write(${JSON.stringify(trace)}); process.exit(1)`)
  expect(await scoreSpice(CAPTIONS, REFERENCES, {jar, java})).toEqual({
    images: null,
    reason: 'SPICE ended with status 1: Exception in thread "main" java.lang.NoClassDefFoundError: edu/Foo.',
  })
  const other = standIn('fails-otherwise', `console.log('no\\n  memory.'); process.exit(3)`)
  const {reason} = await scoreSpice(CAPTIONS, REFERENCES, {jar, java: other})
  expect(reason).toBe('SPICE ended with status 3: no memory.')
})

const ODD: readonly (readonly [string, string, RegExp])[] = [
  ['no file', '', /left no scores behind/],
  ['no JSON', `fs.writeFileSync(out, 'NaN, sorry')`, /left no scores behind/],
  ['an image is missing', `fs.writeFileSync(out, JSON.stringify(${SCORES}.slice(1)))`, /no score for 1 of 2 images/],
  [
    'scores that are none',
    `fs.writeFileSync(out, JSON.stringify(${SCORES}.map((one) => ({...one, scores: {}}))))`,
    /no score for 2 of 2/,
  ],
  ['another document', `fs.writeFileSync(out, '{"a": 1}')`, /no score for 2 of 2/],
]
test.skipIf(windows).each(ODD)('output with %s gives a reason', async (name, body, reason) => {
  const spice = await scoreSpice(CAPTIONS, REFERENCES, {jar, java: standIn(name.replaceAll(' ', '-'), body)})
  expect(spice.images).toBeNull()
  expect(spice.reason).toMatch(reason)
})

test('without Java the reason says so', async () => {
  const {images, reason} = await scoreSpice(CAPTIONS, REFERENCES, {jar, java: join(folder, 'no-such-java')})
  expect(images).toBeNull()
  expect(reason).toMatch(/needs Java, but .*no-such-java is not on the path/)
})

test.skipIf(windows)('a tool that hangs is ended', async () => {
  const java = standIn('hangs', 'setInterval(() => {}, 1000)')
  const {reason} = await scoreSpice(CAPTIONS, REFERENCES, {jar, java, limitMs: 300})
  expect(reason).toBe('SPICE did not end within 0.3 s.')
})

test.skipIf(windows)('an interrupt ends the tool and is passed on', async () => {
  const stop = new AbortController()
  const java = standIn('waits', 'setInterval(() => {}, 1000)')
  const running = scoreSpice(CAPTIONS, REFERENCES, {jar, java, signal: stop.signal})
  setTimeout(() => stop.abort(), 200)
  await expect(running).rejects.toMatchObject({code: 'interrupted'})
})

test('nothing is left in the temporary folder', () => {
  expect(readdirSync(folder).filter((name) => name.startsWith('vwt-spice-'))).toEqual([])
})

test('a jar that is none is refused before the work, with where to get it', async () => {
  await expect(checkSpiceJar(join(folder, 'no.jar'))).rejects.toMatchObject({code: 'spice-jar'})
  await expect(checkSpiceJar(folder)).rejects.toThrow(/should name the SPICE tool/)
  await expect(checkSpiceJar(jar)).resolves.toBeUndefined()
})
