/** The decoder step by step against transformers without a cache (test/fixtures/blip/make_tiny_blip.py). */
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {CaptionDecoder} from '../../../src/core/workflows/caption-decoder.js'
import {BLIP_FOLDERS, blipGolden, columnsOf, readBlip, worstDifference} from '../models/blip-golden.js'

describe.each(BLIP_FOLDERS)('%s', (folder) => {
  let decoder: CaptionDecoder
  beforeAll(async () => {
    decoder = await CaptionDecoder.open(await readBlip(folder), {spec: parseMethodSpec('base'), device: 'cpu'})
  })
  afterAll(() => decoder.release())

  test('teacher-forced logits are those of transformers', async () => {
    const ids = await blipGolden(folder, 'input_ids')
    const expected = await blipGolden(folder, 'logits')
    const encoded = await decoder.encode(await blipGolden(folder, 'pixel_values'), [0, 1, 2])
    const [images, length, vocabulary] = expected.dims as [number, number, number]
    const session = decoder.start(encoded)
    for (let place = 0; place < length; place += 1) {
      const {logits} = await session.step(columnsOf(ids, place, place + 1), {rows: images})
      for (let row = 0; row < images; row += 1) {
        const start = (row * length + place) * vocabulary
        const own = logits.subarray(row * vocabulary, (row + 1) * vocabulary)
        expect(worstDifference(own, (expected.data as Float32Array).subarray(start, start + vocabulary))).toBeLessThan(
          1e-4,
        )
      }
    }
    expect(session.length).toBe(length)
  })
})
