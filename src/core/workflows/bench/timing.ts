/**
 * Time, taken so that contestants can be compared: in blocks, in each of which every contestant has one turn, in random
 * order, over the same images. A turn opens a session of its own and closes it: two large sessions side by side would
 * take each other's caches (20 to 60 % were seen), and luck in where memory lies is drawn anew.
 */
import {InterruptedError} from '../../base/errors.js'
import {mixSeed, seededRandom} from '../../base/random.js'
import {shuffled} from '../../base/shuffle.js'
import type {Tensor} from '../../base/tensor.js'
import type {DecodedImage} from '../../image/decode.js'
import {batchPixels, type ImageInput} from '../images.js'
import type {ImageFeatures} from '../vision.js'

/** What is timed: pixels to embeddings. A `VisionRunner` is one. */
export type Encoder = {
  run(pixels: Tensor, images: readonly number[]): Promise<readonly Pick<ImageFeatures, 'embedding'>[]>
  /** What comes behind the encoder and differs from contestant to contestant: the captions of what `run` saw last. */
  finish?(): Promise<unknown>
  release(): Promise<void>
}

export type Contestant = {readonly method: string; readonly open: () => Promise<Encoder>}

/** The stages around the encoder, the same for every contestant. */
export type Stages = {
  readonly decode: (image: ImageInput) => Promise<DecodedImage>
  /** Resizes, crops and normalises. */
  readonly prepare: (decoded: DecodedImage) => Promise<Float32Array>
  /** Embedding to label scores; undefined when there are no labels, and for encoders that finish by themselves. */
  readonly head?: ((embedding: Float32Array) => unknown) | undefined
  /** Width and height of prepared pixels. */
  readonly sizePx: number
}

/** An image that can be read, and its place in the whole call. */
export type PlacedImage = {readonly input: ImageInput; readonly place: number}

export type TimingSettings = {
  readonly batches: readonly number[]
  readonly blocks: number
  /** Blocks that were taken in an earlier run of the same settings and are not taken again; default 0. */
  readonly blocksDone?: number
  /** Timed runs of a turn at least. */
  readonly runsPerTurn: number
  /** Milliseconds of timed runs of a turn at least. */
  readonly turnMs: number
  /** Runs before the first timed one of a turn. */
  readonly warmup: number
  readonly seed: number
}

/**
 * One turn at one batch size. All times are milliseconds of one run over one batch. The encoder is timed alone, run
 * after run, and again within the whole chain from file to label scores or captions.
 */
export type TurnSamples = {
  readonly method: string
  readonly batch: number
  readonly block: number
  /** Place of the turn within the block, from 0. */
  readonly turn: number
  readonly encoderMs: readonly number[]
  readonly endToEndMs: readonly number[]
  /** The parts of `endToEndMs`; `headMs`, of captions the decoder, is empty when there are neither labels nor captions. */
  readonly decodeMs: readonly number[]
  readonly preprocessMs: readonly number[]
  readonly encodeMs: readonly number[]
  readonly headMs: readonly number[]
}

export type TimingWorld = {
  readonly clock?: () => number
  readonly signal?: AbortSignal | undefined
  /** Told after each turn. */
  readonly onTurn?: (method: string, block: number) => void
}

/** Batches of images that a turn goes round and round, so that every contestant sees the same ones. */
const LONGEST_CYCLE = 16
const MOST_IMAGES = 128

export type CycleLengths = {readonly batch: number; readonly encoder: number; readonly chain: number}
export type Lot = {readonly inputs: readonly ImageInput[]; readonly places: readonly number[]}
export type Cycle = {
  readonly batch: number
  readonly encoder: readonly (Lot & {pixels: Tensor})[]
  readonly chain: readonly Lot[]
}

/**
 * Yields the samples of one block after the other; a block is complete or not yielded.
 *
 * @param contestants the first tells, in a trial that is not counted, how many batches a turn has time for.
 * @param images at least one.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function* timeBlocks(
  contestants: readonly Contestant[],
  images: readonly PlacedImage[],
  stages: Stages,
  settings: TimingSettings,
  {clock = () => performance.now(), signal, onTurn = () => {}}: TimingWorld = {},
): AsyncGenerator<TurnSamples[]> {
  const pace: Pace = {...settings, clock, checkStopped: () => checkStopped(signal)}
  const random = seededRandom(mixSeed(settings.seed, 0xb10c))
  const order = shuffled(images, random)
  const lengths = await planCycles(contestants[0]!, order, stages, pace)
  for (let block = 0; block < settings.blocks; block += 1) {
    const [sizes, turns] = [shuffled(lengths, random), shuffled(contestants, random)]
    if (block < (settings.blocksDone ?? 0)) continue
    const cycles: Cycle[] = []
    for (const length of sizes) cycles.push(await prepareCycle(order, length, block, stages))
    const samples: TurnSamples[] = []
    for (const [turn, {method, open}] of turns.entries()) {
      checkStopped(signal)
      const encoder = await open()
      try {
        for (const cycle of cycles) {
          samples.push({
            method,
            batch: cycle.batch,
            block,
            turn,
            ...(await takeTurn(encoder, cycle, stages, pace)),
          })
        }
      } finally {
        await encoder.release()
      }
      onTurn(method, block)
    }
    yield samples
  }
}

/** The turns of one method at one batch size, block by block. */
export function turnsOf(samples: readonly TurnSamples[], method: string, batch: number): TurnSamples[] {
  return samples.filter((turn) => turn.method === method && turn.batch === batch).sort((a, b) => a.block - b.block)
}

/** Settings with the clock, and a look at whether somebody wants it to end. */
export type Pace = Pick<TimingSettings, 'batches' | 'runsPerTurn' | 'turnMs' | 'warmup'> & {
  readonly clock: () => number
  readonly checkStopped: () => void
}

export function checkStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError()
}

type Times = Omit<TurnSamples, 'method' | 'batch' | 'block' | 'turn'>

async function takeTurn(encoder: Encoder, cycle: Cycle, stages: Stages, pace: Pace): Promise<Times> {
  const {warmup, clock} = pace
  const first = cycle.encoder[0]!
  for (let run = 0; run < warmup; run += 1) await encoder.run(first.pixels, first.places)
  const encoderMs = await repeat(cycle.encoder, pace, async ({pixels, places}) => {
    const start = clock()
    await encoder.run(pixels, places)
    return clock() - start
  })
  for (let run = 0; run < Math.min(warmup, 1); run += 1) await runChain(encoder, cycle.chain[0]!, stages, clock)
  const chain = await repeat(cycle.chain, pace, (lot) => runChain(encoder, lot, stages, clock))
  return {
    encoderMs,
    endToEndMs: chain.map(({total}) => total),
    decodeMs: chain.map(({decode}) => decode),
    preprocessMs: chain.map(({preprocess}) => preprocess),
    encodeMs: chain.map(({encode}) => encode),
    headMs: stages.head || encoder.finish ? chain.map(({head}) => head) : [],
  }
}

/** Whole rounds of the cycle, until both the runs and the time are reached: every image weighs the same. */
export async function repeat<Item, Result>(
  cycle: readonly Item[],
  {runsPerTurn, turnMs, clock, checkStopped}: Pace,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const start = clock()
  do {
    for (const item of cycle) {
      checkStopped()
      results.push(await run(item))
    }
  } while (results.length < runsPerTurn || clock() - start < turnMs)
  return results
}

type ChainTimes = Readonly<Record<'decode' | 'preprocess' | 'encode' | 'head' | 'total', number>>

/** From files to label scores or captions, stage by stage; within a stage the images of a batch go side by side. */
export async function runChain(encoder: Encoder, lot: Lot, stages: Stages, clock: () => number): Promise<ChainTimes> {
  const start = clock()
  const decoded = await Promise.all(lot.inputs.map(stages.decode))
  const decodedAt = clock()
  const pixels = batchPixels(await Promise.all(decoded.map(stages.prepare)), stages.sizePx)
  const preparedAt = clock()
  const features = await encoder.run(pixels, lot.places)
  const encodedAt = clock()
  if (encoder.finish) await encoder.finish()
  else if (stages.head) for (const {embedding} of features) stages.head(embedding)
  const end = clock()
  return {
    decode: decodedAt - start,
    preprocess: preparedAt - decodedAt,
    encode: encodedAt - preparedAt,
    head: end - encodedAt,
    total: end - start,
  }
}

/** As many batches as the first contestant gets through in a turn, within bounds of memory. */
export async function planCycles(
  {open}: Contestant,
  order: readonly PlacedImage[],
  stages: Stages,
  {batches, warmup, turnMs, clock, checkStopped}: Pace,
): Promise<CycleLengths[]> {
  const encoder = await open()
  try {
    const lengths: CycleLengths[] = []
    for (const batch of batches) {
      checkStopped()
      const lot = lotsOf(order, batch, 1, 0)[0]!
      for (let run = 0; run < warmup; run += 1) await runChain(encoder, lot, stages, clock)
      const {encode, total} = await runChain(encoder, lot, stages, clock)
      const most = Math.max(1, Math.min(LONGEST_CYCLE, Math.floor(MOST_IMAGES / batch)))
      const lengthOf = (ms: number) => Math.max(1, Math.min(most, Math.floor(turnMs / Math.max(ms, 1e-3))))
      lengths.push({batch, encoder: lengthOf(encode), chain: lengthOf(total)})
    }
    return lengths
  } finally {
    await encoder.release()
  }
}

/** Other images in every block; the chain takes the first of those the encoder gets. */
export async function prepareCycle(
  order: readonly PlacedImage[],
  {batch, encoder, chain}: CycleLengths,
  block: number,
  stages: Stages,
): Promise<Cycle> {
  const lots = lotsOf(order, batch, Math.max(encoder, chain), block)
  const prepared: (Lot & {pixels: Tensor})[] = []
  for (const lot of lots.slice(0, encoder)) {
    const pixels: Float32Array[] = []
    for (const input of lot.inputs) pixels.push(await stages.prepare(await stages.decode(input)))
    prepared.push({...lot, pixels: batchPixels(pixels, stages.sizePx)})
  }
  return {batch, encoder: prepared, chain: lots.slice(0, chain)}
}

/** `count` batches from where the block before ended; behind the last image comes the first. */
function lotsOf(order: readonly PlacedImage[], batch: number, count: number, block: number): Lot[] {
  return Array.from({length: count}, (_, lot) => {
    const first = (block * count + lot) * batch
    const images = Array.from({length: batch}, (_, index) => order[(first + index) % order.length]!)
    return {inputs: images.map(({input}) => input), places: images.map(({place}) => place)}
  })
}
