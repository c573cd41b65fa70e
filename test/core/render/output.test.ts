import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {OutputNames, planOutput} from '../../../src/core/render/output.js'

const folder = mkdtempSync(join(tmpdir(), 'vwt-output-'))

test('an ending of a picture is a file, all else a folder', async () => {
  expect(await planOutput('a/b.png')).toEqual({kind: 'file', path: 'a/b.png', format: 'png'})
  expect(await planOutput('B.WebP')).toMatchObject({kind: 'file', format: 'webp'})
  expect(await planOutput('c.svg')).toMatchObject({kind: 'file', format: 'svg'})
  expect(await planOutput('pictures')).toEqual({kind: 'folder', path: 'pictures'})
  expect(await planOutput('v1.2/')).toEqual({kind: 'folder', path: 'v1.2/'})
  expect(await planOutput(folder)).toEqual({kind: 'folder', path: folder})
  expect(await planOutput()).toEqual({kind: 'folder', path: '.'})
})

test('another ending, or a file where a folder should be, is refused with a name that would do', async () => {
  await expect(planOutput('a.jpg')).rejects.toMatchObject({code: 'out-ending', suggestions: ['--out a.png']})
  const file = join(folder, 'plain')
  writeFileSync(file, '')
  await expect(planOutput(file)).rejects.toMatchObject({code: 'out-ending'})
})

test('pictures of one call never share a name, whatever the images are called', () => {
  const names = new OutputNames([])
  const images = ['a/cat.jpg', 'b/cat.jpg', 'cat.png', 'CAT.jpg', 'cat-match-2.png', '-']
  const paths = images.map((image) => names.inFolder('out', image, 'match'))
  expect(paths.slice(0, 3)).toEqual(
    ['cat-match.png', 'cat-match-2.png', 'cat-match-3.png'].map((name) => join('out', name)),
  )
  expect(paths.at(-1)).toBe(join('out', 'stdin-match.png'))
  expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(images.length)
})

test('an image that is read is never written over', () => {
  const names = new OutputNames(['out/cat-match.png', 'photo.png'])
  expect(names.inFolder('out', 'cat.jpg', 'match')).toBe(join('out', 'cat-match-2.png'))
  expect(() => names.page('./photo.png', 1)).toThrow(expect.objectContaining({code: 'out-is-input'}))
})

test('pages are numbered from the second on', () => {
  const names = new OutputNames(['sheet-3.png'])
  expect([1, 2, 3].map((number) => names.page('sheet.png', number))).toEqual([
    'sheet.png',
    'sheet-2.png',
    'sheet-4.png',
  ])
})
