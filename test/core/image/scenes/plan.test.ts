import {createHash} from 'node:crypto'
import {expect, test} from 'vitest'
import {planContent} from '../../../../src/core/image/scenes/plan.js'
import {
  BIRD_KINDS,
  planScene,
  SCENE_BACKGROUNDS,
  SCENE_COLOURS,
  SCENE_COUNTS,
  SCENE_NOUNS,
  sceneSvg,
} from '../../../../src/core/image/scenes/scenes.js'

test('the same seed gives the same SVG to the byte, another seed another one', () => {
  const svgs = Array.from({length: 40}, (_, seed) => sceneSvg(planScene(seed)))
  expect(Array.from({length: 40}, (_, seed) => sceneSvg(planScene(seed)))).toEqual(svgs)
  expect(new Set(svgs).size).toBe(40)
})

test('the drawings are those the bundled model was trained on', () => {
  // Changes with any stroke. After a wanted change, render the training scenes anew and replace it.
  const hash = createHash('sha256')
  for (let index = 0; index < 300; index++) hash.update(sceneSvg(planScene(index * 7919)))
  expect(hash.digest('hex')).toBe('d69cd4b93a4036fcd31fc7057bd8657219c94328d9541066aa7364d6626def8d')
})

test('every combination of noun, colour, count and background occurs, each word as often as the next', () => {
  const total = 30_000
  const contents = Array.from({length: total}, (_, seed) => planContent(seed))
  const combinations = new Set(contents.map((c) => `${c.noun} ${c.colour} ${c.count} ${c.background}`))
  expect(combinations.size).toBe(10 * 8 * 3 * 6)
  const words = [
    ['noun', SCENE_NOUNS],
    ['colour', SCENE_COLOURS],
    ['count', SCENE_COUNTS],
    ['background', SCENE_BACKGROUNDS],
  ] as const
  for (const [name, all] of words) {
    const share = 1 / all.length
    const deviation = Math.sqrt(total * share * (1 - share))
    for (const word of all) {
      const seen = contents.filter((content) => content[name] === word).length
      expect(Math.abs(seen - total * share), `${name} ${word}`).toBeLessThan(5 * deviation)
    }
  }
})

test('a bird is of either kind, nothing else has a kind', () => {
  const contents = Array.from({length: 2000}, (_, seed) => planContent(seed))
  const kinds = contents.filter(({noun}) => noun === 'bird').map(({kind}) => kind)
  for (const kind of BIRD_KINDS) expect(kinds.filter((seen) => seen === kind).length).toBeGreaterThan(kinds.length / 3)
  expect(contents.filter(({noun, kind}) => noun !== 'bird' && kind !== undefined)).toEqual([])
  expect(planScene(3, {noun: 'cat', kind: 'waterbird'}).kind).toBeUndefined()
})

test('what is fixed holds, and leaves the other choices of the seed as they were', () => {
  for (let seed = 0; seed < 50; seed++) {
    const free = planContent(seed, {noun: 'bird'})
    const fixed = planContent(seed, {noun: 'bird', colour: 'purple', kind: 'waterbird'})
    expect(fixed).toEqual({...free, colour: 'purple', kind: 'waterbird'})
  }
})

test('the layout does not depend on the colour', () => {
  expect(planScene(8, {colour: 'red'}).objects).toEqual(planScene(8, {colour: 'black'}).objects)
})

test('objects keep inside the frame, apart from each other, and in the promised range of sizes', () => {
  for (let seed = 0; seed < 300; seed++) {
    const {objects, count} = planScene(seed)
    expect(objects).toHaveLength(count)
    for (const {x, y, width, height} of objects) {
      expect(Math.min(x - width / 2, y - height / 2)).toBeGreaterThan(0.02)
      expect(Math.max(x + width / 2, y + height / 2)).toBeLessThan(0.98)
      expect(Math.max(width, height)).toBeGreaterThan(count === 1 ? 0.35 : 0.15)
      expect(Math.max(width, height)).toBeLessThanOrEqual(count === 1 ? 0.8 : count === 2 ? 0.46 : 0.36)
    }
    for (const [index, a] of objects.entries()) {
      for (const b of objects.slice(index + 1)) {
        const apartX = Math.abs(a.x - b.x) >= (a.width + b.width) / 2
        const apartY = Math.abs(a.y - b.y) >= (a.height + b.height) / 2
        expect(apartX || apartY, `seed ${seed}`).toBe(true)
      }
    }
  }
})

test('an SVG has no text and no link, and fits the size asked for', () => {
  const svg = sceneSvg(planScene(11), 320)
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="320" height="320" viewBox="0 0 224 224">/)
  expect(svg).not.toMatch(/<text|font|href|<image|NaN|undefined|Infinity/)
})

for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) {
  test(`seed ${seed} is refused with the range`, () => {
    expect(() => planScene(seed)).toThrow(/seed should be a whole number of steps from 0 to 4294967295, but is/)
  })
}

test('an unknown word is refused with the words there are', () => {
  expect(() => planScene(1, {noun: 'cow' as never})).toThrow(
    /noun of a scene should be one of airplane, .*, but is cow/,
  )
  expect(() => planScene(1, {count: 4 as never})).toThrow(/count of a scene should be one of 1, 2, 3, but is 4/)
})

for (const sizePx of [0, 15, 4097, 22.4]) {
  test(`a picture of ${sizePx} px is refused with the range`, () => {
    expect(() => sceneSvg(planScene(1), sizePx)).toThrow(/sizePx should be a whole number of pixels from 16 to 4096/)
  })
}
