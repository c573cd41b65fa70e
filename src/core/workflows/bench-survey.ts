/** What a method does to every image of a set: tokens left, and whether the right label is still on top. */
import {ImageError, InterruptedError} from '../base/errors.js'
import {rankOfTruth} from '../metrics/accuracy.js'
import {meanAveragePrecision} from '../metrics/average-precision.js'
import {type FailedImage, isFailed, loadOrFail} from './batches.js'
import type {BenchJournal, SeenOutcome} from './bench-journal.js'
import type {BenchSet} from './bench-set.js'
import {batchPixels, type ImageInput, type LoadedImage, type PixelLoader} from './images.js'
import type {LabelScorer} from './label-scores.js'
import type {VisionRunner} from './vision.js'

export type Survey = {
  /** Of each image, in the last layer. */
  readonly tokens: readonly number[]
  readonly tasks: readonly {
    /** Of each image: labels placed before its best-placed right one, 0 = right. */
    readonly ranks: readonly number[]
    readonly map: number | null
  }[]
}

export type SurveyOptions = {
  readonly signal?: AbortSignal | undefined
  /** Told with the number of images done. */
  readonly onImage?: (done: number) => void
  /** What is in it is not done again; what is done goes into it. */
  readonly journal?: BenchJournal | undefined
}

/** Prepared pixels of a set, kept as far as they fit, so that methods after the first need no decoding. */
export class PixelStore {
  readonly #kept = new Map<number, Float32Array>()
  #room: number

  constructor(
    private readonly loader: PixelLoader,
    private readonly images: readonly ImageInput[],
    roomBytes = 512 * 1024 * 1024,
  ) {
    this.#room = roomBytes
  }

  async load(place: number): Promise<Pick<LoadedImage, 'pixels'> | FailedImage> {
    const kept = this.#kept.get(place)
    if (kept) return {pixels: kept}
    const loaded = await loadOrFail(this.loader, this.images[place]!)
    if (!isFailed(loaded) && loaded.pixels.byteLength <= this.#room) {
      this.#kept.set(place, loaded.pixels)
      this.#room -= loaded.pixels.byteLength
    }
    return loaded
  }
}

/** @returns places of the images that can be read, and what is wrong with the others. */
export async function findReadable(
  set: BenchSet,
  store: PixelStore,
  {signal, onImage, journal}: SurveyOptions = {},
): Promise<{readonly places: number[]; readonly failed: FailedImage[]}> {
  const places: number[] = []
  const failed: FailedImage[] = []
  for (const place of set.images.keys()) {
    if (signal?.aborted) throw new InterruptedError()
    const fault = journal?.reading(place) ?? {failed: await faultOf(store, place)}
    if (!journal?.reading(place)) journal?.noteReading(place, fault.failed)
    if (fault.failed) failed.push(fault.failed)
    else places.push(place)
    onImage?.(place + 1)
  }
  return {places, failed}
}

/**
 * Runs images one by one, as published accuracies are taken; a batch would give the same.
 *
 * @param places of readable images.
 * @param scorers one for each task of the set.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function surveyImages(
  vision: VisionRunner,
  set: BenchSet,
  {places, store, scorers}: {places: readonly number[]; store: PixelStore; scorers: readonly LabelScorer[]},
  {signal, onImage, journal}: SurveyOptions = {},
): Promise<Survey> {
  const tokens: number[] = []
  const cosines: Float64Array[][] = scorers.map(() => [])
  for (const [done, place] of places.entries()) {
    if (signal?.aborted) throw new InterruptedError()
    const known = journal?.outcome(vision.spec.text, place)
    const outcome = known ?? (await see(vision, store, place))
    if (!known) journal?.noteOutcome(vision.spec.text, place, outcome)
    tokens.push(outcome.tokens)
    for (const [task, scorer] of scorers.entries()) cosines[task]!.push(scorer.cosines(outcome.embedding!))
    onImage?.(done + 1)
  }
  const tasks = set.tasks.map(({truth}, task) => {
    const right = places.map((place) => truth[place]!)
    const scores = cosines[task]!
    return {
      ranks: scores.map((row, index) => rankOfTruth(row, right[index]!)),
      map: meanAveragePrecision(scores, right),
    }
  })
  return {tokens, tasks}
}

async function faultOf(store: PixelStore, place: number): Promise<FailedImage | undefined> {
  const loaded = await store.load(place)
  return isFailed(loaded) ? loaded : undefined
}

async function see(vision: VisionRunner, store: PixelStore, place: number): Promise<SeenOutcome> {
  const loaded = await store.load(place)
  if (isFailed(loaded))
    throw new ImageError(`An image went away during the bench. ${loaded.error.message}`, loaded.error)
  const [features] = await vision.run(batchPixels([loaded.pixels], vision.folder.config.vision.imageSize), [place])
  return {tokens: features!.layerTokens.at(-1)!, embedding: features!.embedding}
}
