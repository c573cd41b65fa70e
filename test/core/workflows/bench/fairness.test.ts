/** Base against base, on a machine that is made up to be a bad one: the method, seen from the statistics' side. */
import {expect, test} from 'vitest'
import {seededRandom} from '../../../../src/core/base/random.js'
import {pairedRatio} from '../../../../src/core/metrics/latency.js'
import {type Stages, type TurnSamples, timeBlocks, turnsOf} from '../../../../src/core/workflows/bench/timing.js'

const stages: Stages = {
  sizePx: 1,
  decode: async ({path}) => ({data: new Uint8Array(3), width: 1, height: 1, path, format: 'png'}),
  prepare: async () => new Float32Array(3),
}
const images = Array.from({length: 8}, (_, place) => ({input: {path: `${place}.png`}, place}))
const settings = {batches: [1], blocks: 10, runsPerTurn: 6, turnMs: 0, warmup: 1}

/**
 * A bench of two encoders of 10 ms and `slower` times as much. Each session is up to 5 % faster or slower than the next
 * (memory), each image has a length of its own, one run in ten is disturbed, and the machine slows down by half.
 */
async function ratio(seed: number, slower: number) {
  const random = seededRandom(seed)
  let now = 0
  let sessions = 0
  const contestant = (method: string, factor: number) => ({
    method,
    open: async () => {
      sessions += 1
      const speed = (1 + 0.05 * (2 * random() - 1)) * (1 + 0.5 * (sessions / 21))
      return {
        run: async (_: unknown, places: readonly number[]) => {
          const disturbance = random() < 0.1 ? 1 + 3 * random() : 1 + 0.02 * random()
          now += 10 * factor * speed * disturbance * (1 + places[0]! / 20)
          return []
        },
        release: async () => {},
      }
    },
  })
  const contestants = [contestant('one', 1), contestant('other', slower)]
  const samples: TurnSamples[] = []
  for await (const block of timeBlocks(contestants, images, stages, {...settings, seed}, {clock: () => now}))
    samples.push(...block)
  const [one, other] = ['one', 'other'].map((name) => turnsOf(samples, name, 1).map(({encoderMs}) => encoderMs))
  return pairedRatio(other!, one!, {seed, resamples: 500})
}

const contains = ({ci95}: {ci95: readonly [number, number] | null}, value: number) =>
  ci95![0] <= value && ci95![1] >= value

test('the interval of a ratio contains the truth in 93 of 100 benches at least, and is not merely wide', async () => {
  const ratios = []
  for (let seed = 0; seed < 200; seed += 1) ratios.push(await ratio(seed, 1))
  expect(ratios.filter((result) => contains(result, 1)).length).toBeGreaterThanOrEqual(0.93 * 200)
  const widths = ratios.map(({ci95}) => ci95![1] - ci95![0])
  expect(widths.reduce((sum, width) => sum + width, 0) / 200).toBeLessThan(0.12)
})

test('a tenth more time is seen by most benches', async () => {
  let seen = 0
  for (let seed = 0; seed < 50; seed += 1) {
    const result = await ratio(seed, 1.1)
    if (!contains(result, 1)) seen += 1
    expect(result.ratio).toBeGreaterThan(1)
  }
  expect(seen).toBeGreaterThanOrEqual(40)
})
