/**
 * Power and time as the VWT paper took them, beside vwt's own figures, so that its tables can be held against something
 * taken alike: vision encoder only, 50 warm-up runs over random pixels, then every image once for the time and once for
 * the power. After every batch power is read once. Each image counts the time and the power of its whole batch. Images are
 * decoded and prepared in between, outside the time but not outside what a slow sensor sees.
 *
 * Such watts mix several images and the gaps between them, and milliseconds of a batch are not divided by its size: that
 * is the protocol. Departs from it where a meter has no power sensor (RAPL): power since the reading before is taken.
 *
 * @see Gee et al., Efficient Online Inference of Vision Transformers by Training-Free Tokenization, TMLR 2025.
 */
import {seededRandom} from '../../base/random.js'
import {float32Tensor} from '../../base/tensor.js'
import {type Spread, spreadOf} from '../../metrics/spread.js'
import {batchPixels} from '../images.js'
import type {EnergySource, Protocol} from './meter.js'
import {type Contestant, checkStopped, type Encoder, type PlacedImage, type Stages} from './timing.js'

export type ProtocolFigures = {
  readonly name: Protocol
  /** Of one run over one batch, the encoder alone, every image weighing the same. */
  readonly ms: Spread
  /** Null without a meter. */
  readonly watts: Spread | null
}

export type ProtocolRow = ProtocolFigures & {readonly method: string; readonly batch: number}

export type ProtocolOptions = {
  readonly batches: readonly number[]
  readonly seed: number
  readonly clock?: () => number
  readonly signal?: AbortSignal | undefined
  /** Told after each method. */
  readonly onMethod?: (method: string) => void
}

const WARM_UPS = 50

/** @throws {InterruptedError} the signal was aborted. */
export async function runVwtProtocol(
  source: EnergySource,
  contestants: readonly Contestant[],
  images: readonly PlacedImage[],
  stages: Stages,
  {batches, seed, clock = () => performance.now(), signal, onMethod = () => {}}: ProtocolOptions,
): Promise<ProtocolRow[]> {
  const readWatts = wattsReader(source)
  const rows: ProtocolRow[] = []
  for (const {method, open} of contestants) {
    const encoder = await open()
    try {
      for (const batch of batches) {
        await warmUp(encoder, batch, stages.sizePx, seed)
        const run = passOver(images, batch, stages, encoder, () => checkStopped(signal))
        const ms = await run(async (work) => {
          const start = clock()
          await work()
          return clock() - start
        })
        const watts = await run(async (work) => {
          await work()
          return readWatts()
        })
        rows.push({name: 'vwt', method, batch, ms: spreadOf(ms)!, watts: spreadOf(watts)})
      }
    } finally {
      await encoder.release()
    }
    onMethod(method)
  }
  return rows
}

async function warmUp(encoder: Encoder, batch: number, sizePx: number, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const pixels = Float32Array.from({length: batch * 3 * sizePx ** 2}, () => 2 * random() - 1)
  const tensor = float32Tensor(pixels, [batch, 3, sizePx, sizePx])
  const places = Array.from({length: batch}, (_, place) => place)
  for (let run = 0; run < WARM_UPS; run += 1) await encoder.run(tensor, places)
}

type Figure = (work: () => Promise<unknown>) => Promise<number | null>

/** One pass over all images, in order; the last batch may be smaller. What a figure says counts for each image. */
function passOver(
  images: readonly PlacedImage[],
  batch: number,
  stages: Stages,
  encoder: Encoder,
  checkInterrupted: () => void,
): (figure: Figure) => Promise<number[]> {
  return async (figure) => {
    const figures: number[] = []
    for (let first = 0; first < images.length; first += batch) {
      checkInterrupted()
      const lot = images.slice(first, first + batch)
      const prepared: Float32Array[] = []
      for (const {input} of lot) prepared.push(await stages.prepare(await stages.decode(input)))
      const pixels = batchPixels(prepared, stages.sizePx)
      const places = lot.map(({place}) => place)
      const value = await figure(() => encoder.run(pixels, places))
      if (value !== null) figures.push(...lot.map(() => value))
    }
    return figures
  }
}

function wattsReader(source: EnergySource): () => Promise<number | null> {
  if (source.kind === 'meter') return () => source.meter.readWatts()
  const watts = source.kind === 'assumed' ? source.watts : null
  return async () => watts
}
