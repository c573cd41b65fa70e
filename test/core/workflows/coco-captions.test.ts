import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {writeCocoCaptions} from '../../../src/core/workflows/coco-captions.js'

const folder = mkdtempSync(join(tmpdir(), 'vwt-coco-'))
afterAll(() => rmSync(folder, {recursive: true}))
const read = (name: string) => JSON.parse(readFileSync(join(folder, 'out', name), 'utf8'))

test('a results file for each method, and the references of all', async () => {
  const paths = await writeCocoCaptions(
    join(folder, 'out'),
    [
      {method: 'base', captions: ['a dog', 'a cat']},
      {method: 'intra:0.3+tome:[8,8]', captions: ['a dog', 'a "dog"']},
    ],
    {imageIds: [139, 285], references: [['the dog', 'a dog'], ['cat']]},
  )
  expect(paths.map((path) => basename(path))).toEqual([
    'results-base.json',
    'results-intra-0.3+tome-8-8.json',
    'references.json',
  ])
  expect(read('results-intra-0.3+tome-8-8.json')).toEqual([
    {image_id: 139, caption: 'a dog'},
    {image_id: 285, caption: 'a "dog"'},
  ])
  expect(read('references.json')).toMatchObject({
    images: [{id: 139}, {id: 285}],
    annotations: [
      {id: 1, image_id: 139, caption: 'the dog'},
      {id: 2, image_id: 139, caption: 'a dog'},
      {id: 3, image_id: 285, caption: 'cat'},
    ],
  })
})

test('without numbers of their own images count from 1', async () => {
  await writeCocoCaptions(join(folder, 'out'), [{method: 'base', captions: ['a', 'b']}])
  expect(read('results-base.json').map(({image_id}: {image_id: number}) => image_id)).toEqual([1, 2])
})

test('a folder that cannot be written is refused', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(writeCocoCaptions(join(folder, 'file'), [])).rejects.toMatchObject({code: 'write-failed'})
})
