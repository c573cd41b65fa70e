/** The files of test/fixtures/datasets are written by make_mat.py with SciPy. */
import {readFileSync} from 'node:fs'
import {deflateSync} from 'node:zlib'
import {expect, test} from 'vitest'
import {parseMatStructs} from '../../../../src/core/workflows/datasets/mat.js'

const bytesOf = (name: string) => readFileSync(`test/fixtures/datasets/${name}`)

for (const name of ['meta.mat', 'meta-plain.mat']) {
  test(`${name}: text and numbers of every element`, () => {
    const structs = parseMatStructs(name, bytesOf(name), 'synsets')
    expect(structs.map(({ILSVRC2012_ID, WNID}) => [ILSVRC2012_ID, WNID])).toEqual([
      [[1], 'n02119789'],
      [[2], 'n02012849'],
      [[3], 'n03126707'],
      [[4], 'n07753592'],
      [[1001], 'n02075296'],
    ])
    expect(structs[3]).toMatchObject({words: 'jalapeño', num_children: [0], children: []})
    expect(structs[4]).toMatchObject({gloss: 'a terrestrial or aquatic flesh-eating mammal', children: [1, 2, 3]})
  })
}

test('what is cut off, damaged or something else is refused, wherever it is cut', () => {
  const whole = bytesOf('meta-plain.mat')
  for (let end = 0; end < whole.length; end += 7) {
    expect(() => parseMatStructs('x.mat', whole.subarray(0, end), 'synsets')).toThrow(/^x\.mat should /)
  }
  const packed = bytesOf('meta.mat')
  for (let end = 130; end < packed.length; end += 7) {
    expect(() => parseMatStructs('x.mat', packed.subarray(0, end), 'synsets')).toThrow(/^x\.mat should /)
  }
  expect(() => parseMatStructs('x.mat', whole, 'classes')).toThrow(/x\.mat should hold the struct array classes/)
  expect(() => parseMatStructs('x.mat', Buffer.from('PK\u0003\u0004'), 'synsets')).toThrow(/its header is another/)
})

test('what unpacks to more than any kit is refused', () => {
  const bomb = deflateSync(Buffer.alloc(65 * 1024 * 1024))
  const tag = Buffer.alloc(8)
  tag.writeUInt32LE(15, 0)
  tag.writeUInt32LE(bomb.length, 4)
  const file = Buffer.concat([bytesOf('meta.mat').subarray(0, 128), tag, bomb])
  expect(() => parseMatStructs('x.mat', file, 'synsets')).toThrow(/x\.mat should be a MATLAB file/)
})
