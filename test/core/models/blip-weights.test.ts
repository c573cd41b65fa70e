import {expect, test} from 'vitest'
import {arrangeBlipWeights, partName, QKV_PARTS} from '../../../src/core/models/blip-weights.js'
import {openWeights, readTensor, type Weights} from '../../../src/core/weights/safetensors.js'
import {BLIP_FIXTURES, readBlip} from './blip-golden.js'

const QKV = 'vision_model.encoder.layers.1.self_attn.qkv'
const HEAD = 'text_decoder.cls.predictions'

test('the parts of a fused weight are its rows, in order, byte for byte', async () => {
  for (const folder of ['captioner-f32', 'captioner-f16']) {
    const raw = await openWeights(`${BLIP_FIXTURES}/${folder}`)
    const {weights} = await readBlip(folder)
    for (const name of [`${QKV}.weight`, `${QKV}.bias`]) {
      const whole = await readTensor(raw.tensors.get(name)!)
      const parts = await Promise.all(QKV_PARTS.map((part) => readTensor(weights.tensors.get(partName(name, part))!)))
      expect(parts.flatMap((part) => [...part])).toEqual([...whole])
      expect(weights.tensors.has(name)).toBe(false)
    }
  }
})

test('the head is the word embeddings where the file has no other', async () => {
  const {weights} = await readBlip('captioner-f32')
  const words = weights.tensors.get('text_decoder.bert.embeddings.word_embeddings.weight')!
  expect(weights.tensors.get(`${HEAD}.decoder.weight`)).toEqual({...words, name: `${HEAD}.decoder.weight`})
})

test('a head of its own stays', async () => {
  const raw = await openWeights(`${BLIP_FIXTURES}/captioner-f16`)
  const {weights} = await readBlip('captioner-f16')
  expect(weights.tensors.get(`${HEAD}.decoder.weight`)).toEqual(raw.tensors.get(`${HEAD}.decoder.weight`))
})

test('a fused weight of another shape is refused with both shapes', async () => {
  const raw = await openWeights(`${BLIP_FIXTURES}/captioner-f32`)
  const arrange = (weights: Weights) => arrangeBlipWeights(weights, {vision: {width: 12, layers: 2}})
  expect(() => arrange(raw)).toThrow(
    /qkv.weight in .*captioner-f32.* should be \[query, key, value=36, inputs=12\], but is \[72, 24\]/,
  )
})
