/** What a method does to every image of a set: tokens left, and whether label or caption are still right. */
import {ImageError, InterruptedError} from '../../base/errors.js'
import type {Tensor} from '../../base/tensor.js'
import {rankOfTruth} from '../../metrics/accuracy.js'
import {meanAveragePrecision} from '../../metrics/average-precision.js'
import type {Device} from '../../runtime/session.js'
import {type FailedImage, isFailed, loadOrFail} from '../batches.js'
import {batchPixels, type ImageInput, type LoadedImage, type PixelLoader} from '../images.js'
import type {LabelScorer} from '../label-scores.js'
import type {VisionRunner} from '../vision.js'
import {type SurveyedCaptions, scoreSurvey} from './caption-scores.js'
import type {BenchJournal, SeenOutcome} from './journal.js'
import type {BenchSet} from './set.js'

export type Survey = {
  /** Of each image, in the last layer. */
  readonly tokens: readonly number[]
  readonly tasks: readonly {
    /** Of each image: labels placed before its best-placed right one, 0 = right. */
    readonly ranks: readonly number[]
    readonly map: number | null
  }[]
  /** Undefined when labels are asked for. */
  readonly captions?: SurveyedCaptions | undefined
}

/** A method, opened to see single images. */
export type Look = {
  /** Canonical spec. */
  readonly method: string
  readonly device: Device
  /** Width and height of the pixels it takes. */
  readonly sizePx: number
  /** @param place of the image in the whole call. */
  see(pixels: Tensor, place: number): Promise<SeenOutcome>
  release(): Promise<void>
}

/** A vision tower that gives embeddings, for labels. */
export function labelLook(vision: VisionRunner): Look {
  return {
    method: vision.spec.text,
    device: vision.device,
    sizePx: vision.folder.config.vision.imageSize,
    async see(pixels, place) {
      const [features] = await vision.run(pixels, [place])
      return {tokens: features!.layerTokens.at(-1)!, embedding: features!.embedding}
    },
    release: () => vision.release(),
  }
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
 * @param scorers one for each task of the set; none for captions.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function surveyImages(
  look: Look,
  set: BenchSet,
  {places, store, scorers}: {places: readonly number[]; store: PixelStore; scorers: readonly LabelScorer[]},
  {signal, onImage, journal}: SurveyOptions = {},
): Promise<Survey> {
  const tokens: number[] = []
  const cosines: Float64Array[][] = scorers.map(() => [])
  const texts: string[] = []
  for (const [done, place] of places.entries()) {
    if (signal?.aborted) throw new InterruptedError()
    const known = journal?.outcome(look.method, place)
    const outcome = known ?? (await see(look, store, place))
    if (!known) journal?.noteOutcome(look.method, place, outcome)
    tokens.push(outcome.tokens)
    for (const [task, scorer] of scorers.entries()) cosines[task]!.push(scorer.cosines(outcome.embedding!))
    if (outcome.caption !== undefined) texts.push(outcome.caption)
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
  return {tokens, tasks, ...(texts.length > 0 ? {captions: scoreSurvey(set, places, texts)} : {})}
}

async function faultOf(store: PixelStore, place: number): Promise<FailedImage | undefined> {
  const loaded = await store.load(place)
  return isFailed(loaded) ? loaded : undefined
}

async function see(look: Look, store: PixelStore, place: number): Promise<SeenOutcome> {
  const loaded = await store.load(place)
  if (isFailed(loaded))
    throw new ImageError(`An image went away during the bench. ${loaded.error.message}`, loaded.error)
  return look.see(batchPixels([loaded.pixels], look.sizePx), place)
}
