import {createHash} from 'node:crypto'
import {expect, test} from 'vitest'
import {planScene, SCENE_COLOURS, SCENE_NOUNS} from '../../../../src/core/image/scenes/scenes.js'
import {openSuite, SUITES, sceneSeed} from '../../../../src/core/workflows/bench/suites.js'

test('scenes: every noun as often as the next, colours told, pictures those of their seeds', async () => {
  const set = await openSuite('scenes', {limit: 20})
  const [nouns, colours] = set.tasks
  expect(nouns!.truth.map(([noun]) => noun)).toEqual([...Array(20).keys()].map((index) => index % 10))
  expect([nouns!.labels, colours!.labels]).toEqual([SCENE_NOUNS, SCENE_COLOURS])
  for (const [index, {path}] of set.images.entries()) {
    const noun = SCENE_NOUNS[nouns!.truth[index]![0]!]!
    const {caption} = planScene(sceneSeed('scenes', 0, index), {noun})
    expect(path).toBe(`scene ${20_000_000 + index}: ${caption}`)
    expect(caption).toContain(`${SCENE_COLOURS[colours!.truth[index]![0]!]} ${noun.slice(0, 4)}`)
  }
  const sharp = (await import('sharp')).default
  expect(await sharp(set.images[3]!.bytes).metadata()).toMatchObject({format: 'png', width: 224, height: 224})
})

test('the same limit and seed give the same bytes, a smaller limit the first of them, another seed others', async () => {
  const hashes = async (limit: number, seed: number) =>
    (await openSuite('scenes', {limit, seed})).images.map(({bytes}) =>
      createHash('sha256').update(bytes!).digest('hex'),
    )
  const first = await hashes(4, 0)
  expect(await hashes(4, 0)).toEqual(first)
  expect(await hashes(3, 0)).toEqual(first.slice(0, 3))
  expect((await hashes(4, 1)).filter((hash) => first.includes(hash))).toEqual([])
})

test('groups: 95 of 100 birds of a kind stand where they belong', async () => {
  const {groups, tasks} = await openSuite('scenes-groups', {limit: 40})
  const counts = Object.fromEntries(
    [...new Set(groups)].map((name) => [name, groups!.filter((group) => group === name).length]),
  )
  expect(counts).toEqual({
    'landbird, grass': 19,
    'landbird, water': 1,
    'waterbird, water': 19,
    'waterbird, grass': 1,
  })
  expect(tasks.map(({name, labels}) => [name, labels])).toEqual([['label', ['landbird', 'waterbird']]])
})

test('no picture of a suite was trained on, and no two suites or seeds share one', () => {
  const ranges = SUITES.flatMap((suite) =>
    [0, 1, 9999].map((seed) => [sceneSeed(suite, seed, 0), sceneSeed(suite, seed, 99_999)] as const),
  )
  const trained = [
    [1_000_000, 1_023_999],
    [9_000_000, 9_001_999],
  ] as const
  const all = [...ranges, ...trained].sort((a, b) => a[0] - b[0])
  for (const [index, [first, last]] of all.entries()) {
    expect(last).toBeLessThan(2 ** 32)
    if (index > 0) expect(first).toBeGreaterThan(all[index - 1]![1])
  }
  expect(sceneSeed('scenes', 4_294_967_295, 0)).toBeLessThan(2 ** 32)
})

test('a limit out of range is refused', async () => {
  await expect(openSuite('scenes', {limit: 0})).rejects.toThrow(/--limit .* from 1 to 100000, but is 0/)
})

test('captions: one sentence for each scene, and the words it should name', async () => {
  const {captions, mentions, tasks} = await openSuite('scenes-captions', {limit: 12})
  expect(tasks).toEqual([])
  const [nouns, colours, both] = mentions!
  expect([nouns!.name, colours!.name, both!.name]).toEqual(['noun', 'colour', 'noun and colour'])
  for (const [index, [caption]] of captions!.entries()) {
    const {noun, colour} = planScene(sceneSeed('scenes-captions', 0, index), {noun: SCENE_NOUNS[index % 10]!})
    expect(nouns!.words[index]![0]).toContain(noun)
    // The sentence itself names all it should.
    for (const words of both!.words[index]!) expect(words.some((word) => caption!.split(' ').includes(word))).toBe(true)
    expect(colours!.words[index]).toEqual([[colour]])
  }
})
