import {expect, test} from 'vitest'
import {
  type Contestant,
  type PlacedImage,
  type Stages,
  type TimingSettings,
  type TurnSamples,
  timeBlocks,
  turnsOf,
} from '../../../../src/core/workflows/bench/timing.js'

const SETTINGS: TimingSettings = {batches: [1], blocks: 4, runsPerTurn: 3, turnMs: 50, warmup: 2, seed: 1}
const images: PlacedImage[] = Array.from({length: 30}, (_, index) => ({
  input: {path: `${index}.png`},
  place: index * 2,
}))

/** A machine whose time passes only where the work says so: 3 ms to decode, 2 to prepare, 1 for the head. */
class Machine {
  now = 0
  open = 0
  mostOpen = 0
  released = 0
  /** What each session was fed, in order. */
  readonly sessions: {method: string; batches: (readonly number[])[]}[] = []
  readonly clock = () => this.now
  readonly stages: Stages = {
    sizePx: 1,
    decode: async ({path}) => {
      this.now += 3
      return {data: new Uint8Array(3), width: 1, height: 1, path, format: 'png'}
    },
    prepare: async () => {
      this.now += 2
      return new Float32Array(3)
    },
    head: () => {
      this.now += 1
    },
  }

  /** `ms` for each image; the first `coldRuns` of a session take 1,000 ms more. */
  contestant(method: string, ms: number, coldRuns = 0): Contestant {
    return {
      method,
      open: async () => {
        this.open += 1
        this.mostOpen = Math.max(this.mostOpen, this.open)
        const session = {method, batches: [] as (readonly number[])[]}
        this.sessions.push(session)
        return {
          run: async (pixels, places) => {
            expect(pixels.dims).toEqual([places.length, 3, 1, 1])
            session.batches.push(places)
            this.now += ms * places.length + (session.batches.length <= coldRuns ? 1000 : 0)
            return places.map(() => ({embedding: new Float32Array(1)}))
          },
          release: async () => {
            this.open -= 1
            this.released += 1
          },
        }
      },
    }
  }

  async time(contestants: readonly Contestant[], settings: Partial<TimingSettings> = {}, stages = this.stages) {
    const blocks: TurnSamples[][] = []
    const world = {clock: this.clock}
    for await (const block of timeBlocks(contestants, images, stages, {...SETTINGS, ...settings}, world))
      blocks.push(block)
    return blocks
  }
}

test('every block gives every contestant one turn, in an order that changes, one session at a time', async () => {
  const machine = new Machine()
  const blocks = await machine.time(
    ['a', 'b', 'c'].map((name) => machine.contestant(name, 10)),
    {blocks: 8},
  )
  expect(blocks).toHaveLength(8)
  const orders = blocks.map((block) => block.map(({method, turn}) => `${turn}${method}`).join(' '))
  for (const block of blocks) expect(block.map(({method}) => method).sort()).toEqual(['a', 'b', 'c'])
  expect(new Set(orders).size).toBeGreaterThan(3)
  expect([machine.mostOpen, machine.open]).toEqual([1, 0])
  // A trial of the first, then 8 blocks of 3.
  expect(machine.released).toBe(25)
})

test('times are those of the clock, stage by stage, and the runs before the timed ones are not among them', async () => {
  const machine = new Machine()
  const [block] = await machine.time([machine.contestant('a', 10, 2)], {blocks: 1})
  const {encoderMs, endToEndMs, decodeMs, preprocessMs, encodeMs, headMs} = block![0]!
  expect(new Set(encoderMs)).toEqual(new Set([10]))
  expect([new Set(decodeMs), new Set(preprocessMs), new Set(encodeMs), new Set(headMs)]).toEqual(
    [3, 2, 10, 1].map((ms) => new Set([ms])),
  )
  expect(new Set(endToEndMs)).toEqual(new Set([16]))
})

test('without warm-up the cold runs show', async () => {
  const machine = new Machine()
  const [block] = await machine.time([machine.contestant('a', 10, 1)], {blocks: 1, warmup: 0})
  expect(block![0]!.encoderMs[0]).toBe(1010)
})

test('a turn lasts for both its runs and its time, in whole rounds', async () => {
  const machine = new Machine()
  const [block] = await machine.time([machine.contestant('slow', 40), machine.contestant('fast', 4)], {blocks: 1})
  const slow = turnsOf(block!, 'slow', 1)[0]!.encoderMs
  const fast = turnsOf(block!, 'fast', 1)[0]!.encoderMs
  // 50 ms hold one run of the slow one, so a round is one image: 3 runs of 40 ms, 13 runs of 4 ms (52 ms).
  expect([slow.length, fast.length]).toEqual([3, 13])
})

test('in a block all see the same images equally often, in another block others', async () => {
  const machine = new Machine()
  await machine.time([machine.contestant('a', 10), machine.contestant('b', 5)], {blocks: 2, warmup: 0})
  const [, ...turns] = machine.sessions
  const seen = turns.map(({batches}) => [...new Set(batches.flat())].sort((x, y) => x - y))
  expect(seen[0]).toEqual(seen[1])
  expect(seen[2]).toEqual(seen[3])
  expect(seen[0]).not.toEqual(seen[2])
  // A round of the encoder is 5 images of 10 ms; the chain, 16 ms, comes after it and takes 3 of them.
  expect(seen[0]).toHaveLength(5)
  for (const block of [turns.slice(0, 2), turns.slice(2)]) {
    const rounds = block.map(({batches}) => batches.slice(0, 5))
    expect(rounds[0]).toEqual(rounds[1])
    // The faster one has time for the same round again.
    const fast = block.find(({method}) => method === 'b')!
    expect(fast.batches.slice(5, 10)).toEqual(rounds[0])
  }
  expect(seen.flat().every((place) => place % 2 === 0)).toBe(true)
})

test('batch sizes are timed within one session, longer than the set by going round', async () => {
  const machine = new Machine()
  const blocks = await machine.time([machine.contestant('a', 1)], {batches: [1, 64], blocks: 2})
  for (const block of blocks) {
    expect(block.map(({batch}) => batch).sort((a, b) => a - b)).toEqual([1, 64])
    expect(new Set(turnsOf(block, 'a', 64)[0]!.encoderMs)).toEqual(new Set([64]))
  }
  expect(machine.sessions).toHaveLength(3)
  const large = machine.sessions.flatMap(({batches}) => batches.filter(({length}) => length === 64))
  for (const places of large) expect(new Set(places).size).toBe(30)
})

test('without labels there is no head', async () => {
  const machine = new Machine()
  const {head: _, ...stages} = machine.stages
  const [block] = await machine.time([machine.contestant('a', 10)], {blocks: 1}, stages)
  expect(block![0]!.headMs).toEqual([])
  expect(new Set(block![0]!.endToEndMs)).toEqual(new Set([15]))
})

test('the same seed gives the same order and images', async () => {
  const runs = [1, 1, 2].map(async (seed) => {
    const machine = new Machine()
    await machine.time(
      ['a', 'b', 'c'].map((name) => machine.contestant(name, 10)),
      {seed},
    )
    return machine.sessions
  })
  const [first, again, other] = await Promise.all(runs)
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
})

test('an abort ends it after the turn in hand, and what is open is closed', async () => {
  const machine = new Machine()
  const controller = new AbortController()
  const contestants = [machine.contestant('a', 10), machine.contestant('b', 10)]
  const yielded: TurnSamples[][] = []
  const world = {
    clock: machine.clock,
    signal: controller.signal,
    onTurn: (_method: string, block: number) => block === 1 && controller.abort(),
  }
  const work = async () => {
    for await (const block of timeBlocks(contestants, images, machine.stages, SETTINGS, world)) yielded.push(block)
  }
  await expect(work()).rejects.toMatchObject({code: 'interrupted'})
  expect([yielded.length, machine.open]).toEqual([1, 0])
})

test('an abort within a turn ends it after the run in hand', async () => {
  const machine = new Machine()
  const controller = new AbortController()
  const world = {clock: machine.clock, signal: controller.signal}
  let heads = 0
  const head = () => {
    heads += 1
    if (heads === 3) controller.abort()
  }
  const settings = {...SETTINGS, warmup: 0}
  const blocks = timeBlocks([machine.contestant('a', 10)], images, {...machine.stages, head}, settings, world)
  await expect(blocks.next()).rejects.toMatchObject({code: 'interrupted'})
  // One run in the trial; in the turn 5 of the encoder, then 2 of the chain's 3 images.
  expect(machine.sessions.map(({batches}) => batches.length)).toEqual([1, 7])
  expect(machine.open).toBe(0)
})

test('a session that fails is closed', async () => {
  const machine = new Machine()
  const good = machine.contestant('a', 10)
  let runs = 0
  const failing: Contestant = {
    method: 'b',
    open: async () => {
      const encoder = await good.open()
      return {
        ...encoder,
        run: async (pixels, places) => {
          runs += 1
          if (runs > 1) throw new Error('no memory')
          return encoder.run(pixels, places)
        },
      }
    },
  }
  await expect(machine.time([good, failing])).rejects.toThrow('no memory')
  expect(machine.open).toBe(0)
})

test('with blocks done before, the others are those of an undisturbed run: the same images and turns', async () => {
  const take = async (blocksDone: number) => {
    const machine = new Machine()
    const contestants = ['a', 'b', 'c'].map((name) => machine.contestant(name, 10))
    const blocks = await machine.time(contestants, {blocks: 5, batches: [1, 2], blocksDone})
    // The first session only finds out how many batches a turn has time for.
    return {blocks, sessions: machine.sessions.slice(1)}
  }
  const [whole, rest] = [await take(0), await take(3)]
  expect(rest.blocks).toEqual(whole.blocks.slice(3))
  expect(rest.blocks.map(([first]) => first!.block)).toEqual([3, 4])
  expect(rest.sessions).toEqual(whole.sessions.slice(9))
  expect((await take(5)).blocks).toEqual([])
})
