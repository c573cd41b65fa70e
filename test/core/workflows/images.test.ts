import {expect, test} from 'vitest'
import {readModelFolder} from '../../../src/core/models/folder.js'
import {chooseProcessor} from '../../../src/core/workflows/images.js'

test("--preprocess paper is that of the images' kind, by default of what the model is for", async () => {
  const clip = await readModelFolder('models/mini')
  const square = (side: number) => ({width: side, height: side})
  expect(chooseProcessor(clip, 'paper')).toMatchObject({resize: square(256), crop: square(224), filter: 'bilinear'})
  const faces = {sourceCrop: square(178), resize: square(224), crop: null, filter: 'bilinear'}
  expect(chooseProcessor(clip, 'paper', 'faces')).toMatchObject(faces)
  expect(() => chooseProcessor(clip, 'paper', 'caption')).toThrow(/gives 384 × 384 pixels, but .*mini takes 224 × 224/)
  const blip = await readModelFolder('test/fixtures/blip/captioner-f32')
  expect(() => chooseProcessor(blip, 'paper')).toThrow(/gives 384 × 384 pixels/)
  expect(chooseProcessor(blip, 'model').output).toEqual(square(64))
})
