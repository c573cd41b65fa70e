import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {expandImages} from '../../../src/commands/base/images.js'

let folder: string
const noStdin = async (): Promise<Uint8Array> => {
  throw new Error('stdin was read')
}
const expand = async (...inputs: string[]) => (await expandImages(inputs, noStdin)).map(({path}) => path)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vwt-images-'))
  mkdirSync(join(folder, 'b', 'deep'), {recursive: true})
  mkdirSync(join(folder, 'empty'))
  for (const name of ['z.png', 'a.JPG', 'notes.txt', 'b/deep/m.webp', 'b/[1].jpg'])
    writeFileSync(join(folder, name), '')
})

test('a folder gives its images, those of folders below too, in code point order', async () => {
  expect(await expand(folder)).toEqual(
    ['a.JPG', 'b/[1].jpg', 'b/deep/m.webp', 'z.png'].map((name) => join(folder, name)),
  )
})

test('a glob gives what it matches, case aside', async () => {
  expect(await expand(join(folder, '*.jpg'))).toEqual([join(folder, 'a.JPG')])
})

test('an existing file is never read as a glob', async () => {
  expect(await expand(join(folder, 'b/[1].jpg'))).toEqual([join(folder, 'b/[1].jpg')])
})

test('a file named by the user stays whatever its ending, and a missing one stays to fail on its own', async () => {
  const inputs = [join(folder, 'nowhere.png'), join(folder, 'notes.txt')]
  expect(await expand(...inputs)).toEqual(inputs)
})

test('- gives the bytes of stdin, once', async () => {
  const bytes = new Uint8Array([1, 2])
  expect(await expandImages(['-'], async () => bytes)).toEqual([{path: '-', bytes}])
  await expect(expandImages(['-', '-'], async () => bytes)).rejects.toMatchObject({code: 'stdin-twice'})
})

test('nothing to work on is refused', async () => {
  await expect(expand()).rejects.toMatchObject({code: 'image-none', oclif: {exit: 2}})
  await expect(expand(join(folder, 'empty'))).rejects.toMatchObject({code: 'folder-without-images'})
  await expect(expand(join(folder, '*.gif'))).rejects.toMatchObject({code: 'glob-without-images'})
})
