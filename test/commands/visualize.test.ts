import {existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import sharp from 'sharp'
import {expect, test} from 'vitest'
import Visualize from '../../src/commands/visualize.js'
import {runCommand} from './base/running.js'

const MODEL = ['--model', 'test/fixtures/clip/patch16-f32', '--device', 'cpu', '--threads', '1']
const BIRD = 'examples/red-bird-water.png'
const SHIP = 'examples/blue-ship-water.png'
const scratch = () => mkdtempSync(join(tmpdir(), 'vwt-visualize-'))
const run = async (...argv: string[]) => {
  const {stdout, stderr, status} = await runCommand(Visualize, ['--json', ...argv, ...MODEL])
  return {document: JSON.parse(stdout), stderr, status}
}

test('a picture for each image, the document of the contract, and one bad image ends with 1', async () => {
  const out = join(scratch(), 'pictures')
  const text = join(scratch(), 'text.jpg')
  writeFileSync(text, 'not a picture')
  const {document, status, stderr} = await run(BIRD, text, SHIP, BIRD, '--kind', 'drop', '--out', out)
  expect([status, stderr]).toEqual([1, ''])
  expect(document).toMatchObject({schema: 'vwt.visualize/1', status: 1})
  const names = ['red-bird-water-drop.png', 'blue-ship-water-drop.png', 'red-bird-water-drop-2.png']
  expect(document.result.files).toEqual(
    names.map((name, index) => ({path: join(out, name), kind: 'drop', image: [BIRD, SHIP, BIRD][index]})),
  )
  expect(document.result.failed).toEqual([{path: text, error: expect.objectContaining({code: 'image-not-recognized'})}])
  expect(readdirSync(out).sort()).toEqual([...names].sort())
  expect(readFileSync(join(out, names[0]!)).equals(readFileSync(join(out, names[2]!)))).toBe(true)
})

test('one file for several images is a contact sheet, named once for each of them', async () => {
  const out = join(scratch(), 'sheet.webp')
  const {document} = await run(BIRD, SHIP, '--method', 'intra:0.5', '--out', out)
  expect(document.result).toEqual({
    files: [BIRD, SHIP].map((image) => ({path: out, kind: 'drop', image})),
  })
  expect((await sharp(out).metadata()).format).toBe('webp')
})

test('more images than a page holds go on further pages', async () => {
  const folder = scratch()
  const {document} = await run(...Array<string>(25).fill(BIRD), '--kind', 'drop', '--out', join(folder, 'sheet.png'))
  const pages = document.result.files.map(({path}: {path: string}) => path)
  expect(pages.filter((path: string) => path === join(folder, 'sheet.png'))).toHaveLength(24)
  expect(pages.filter((path: string) => path === join(folder, 'sheet-2.png'))).toHaveLength(1)
  expect(readdirSync(folder).sort()).toEqual(['sheet-2.png', 'sheet.png'])
})

test('an overlay is as large as the photo and transparent, SVG is text', async () => {
  const folder = scratch()
  await run(BIRD, '--kind', 'drop', '--overlay', '--scale', '1', '--out', join(folder, 'o.png'))
  expect(await sharp(join(folder, 'o.png')).metadata()).toMatchObject({width: 320, height: 320, hasAlpha: true})
  await run(BIRD, '--kind', 'merge', '--layers', '1,2', '--out', join(folder, 'o.svg'))
  expect(readFileSync(join(folder, 'o.svg'), 'utf8')).toMatch(/^<svg [^>]*>/)
})

test('scale enlarges the photo and keeps its aspect', async () => {
  const folder = scratch()
  await run(BIRD, '--kind', 'drop', '--overlay', '--scale', '1.5', '--out', join(folder, 'o.png'))
  expect(await sharp(join(folder, 'o.png')).metadata()).toMatchObject({width: 480, height: 480})
})

test('a comparison has every method with labels given by hand', async () => {
  const out = join(scratch(), 'c.png')
  const methods = ['base', 'intra:0.5', 'tome:2'].flatMap((method) => ['--method', method])
  // The image behind a method is an image, not one more method.
  const {document, status} = await run('--labels', 'cat,dog', '--out', out, ...methods, BIRD)
  expect([status, document.result.files]).toEqual([0, [{path: out, kind: 'compare', image: BIRD}]])
})

test('frequency without images shows what the vocabulary was learned from', async () => {
  const out = join(scratch(), 'f.png')
  const {document} = await run('--kind', 'frequency', '--vocab', 'photos-100', '--out', out)
  expect(document.result).toEqual({files: [{path: out, kind: 'frequency', image: null}]})
  expect(existsSync(out)).toBe(true)
})

for (const [title, argv, code] of [
  ['no image', ['--kind', 'drop'], 'image-none'],
  ['a kind the method cannot show', [BIRD, '--kind', 'drop', '--method', 'tome:2'], 'kind-method'],
  ['a layer there is not', [BIRD, '--kind', 'merge', '--layers', '1,99'], 'layer-range'],
  ['a layer that is no number', [BIRD, '--kind', 'merge', '--layers', '1,last'], 'flag-value'],
  ['layers of a kind without them', [BIRD, '--kind', 'drop', '--layers', '1'], 'kind-flag'],
  ['an overlay of a sheet of words', [BIRD, '--kind', 'words', '--overlay'], 'kind-flag'],
  ['an ending that is not drawn', [BIRD, '--kind', 'drop', '--out', 'x.jpg'], 'out-ending'],
  ['writing over the image', [BIRD, '--kind', 'drop', '--out', BIRD], 'out-is-input'],
  [
    'a scale at which nothing is seen',
    [BIRD, '--kind', 'drop', '--scale', '0.02', '--out', 'x.png'],
    'scale-too-small',
  ],
] as const)
  test(`${title} ends with 2`, async () => {
    const before = readFileSync(BIRD)
    const {document, status} = await run(...argv)
    expect([status, document.error?.code]).toEqual([2, code])
    expect(readFileSync(BIRD).equals(before)).toBe(true)
    expect(existsSync('x.png')).toBe(false)
  })
