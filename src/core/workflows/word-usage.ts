/** How often visual words are used, with patches that matched them, gathered photo by photo in bounded memory. */
import {type Random, randomInteger, seededRandom} from '../base/random.js'
import type {ViewedPhoto} from './visualize.js'

/** A patch as the model saw it, before normalisation: RGB, 8 bits, `[P, P, 3]`. */
export type PatchSample = {readonly data: Uint8Array; readonly width: number; readonly height: number}

type Normalization = {readonly mean: readonly number[]; readonly std: readonly number[]}

/** Patches kept of each word. */
export const SAMPLES_PER_WORD = 12

export class WordUsage {
  readonly #counts = new Map<number, number>()
  readonly #samples = new Map<number, PatchSample[]>()
  readonly #wordsPerImage: number[] = []
  readonly #random: Random
  #patches = 0

  /** @param seed of the draw among the patches of a word. */
  constructor(
    private readonly normalization: Normalization,
    seed = 0,
  ) {
    this.#random = seededRandom(seed)
  }

  get images(): number {
    return this.#wordsPerImage.length
  }

  /** Patches that were compared with the words: all but dropped ones. */
  get patches(): number {
    return this.#patches
  }

  /** Distinct words of each image, in the order of the images. */
  get wordsPerImage(): readonly number[] {
    return this.#wordsPerImage
  }

  /** Patches that matched each word, `[wordCount]`. */
  counts(wordCount: number): number[] {
    return Array.from({length: wordCount}, (_, word) => this.#counts.get(word) ?? 0)
  }

  /** Up to `SAMPLES_PER_WORD` patches, each match of the word being as likely as any other. */
  samples(word: number): readonly PatchSample[] {
    return this.#samples.get(word) ?? []
  }

  /** Counts the first view of a photo. */
  add({views, pixels, patchPx}: Pick<ViewedPhoto, 'views' | 'pixels' | 'patchPx'>): void {
    const {words = [], layers} = views[0]!.trace
    const found = new Set<number>()
    for (const [patch, word] of words.entries()) {
      if (layers[0]![patch]! < 0) continue
      this.#patches += 1
      if (word < 0) continue
      found.add(word)
      const count = (this.#counts.get(word) ?? 0) + 1
      this.#counts.set(word, count)
      // Reservoir sampling: the n-th match replaces one of the k kept with probability k / n.
      const samples = this.#samples.get(word) ?? []
      const place = count <= SAMPLES_PER_WORD ? samples.length : randomInteger(this.#random, 0, count - 1)
      if (place < SAMPLES_PER_WORD) samples[place] = this.#cut(pixels, patch, patchPx)
      this.#samples.set(word, samples)
    }
    this.#wordsPerImage.push(found.size)
  }

  #cut(pixels: Float32Array, patch: number, patchPx: number): PatchSample {
    const side = Math.sqrt(pixels.length / 3)
    const columns = Math.floor(side / patchPx)
    const [top, left] = [Math.floor(patch / columns) * patchPx, (patch % columns) * patchPx]
    const at = (channel: number, y: number, x: number) => pixels[(channel * side + top + y) * side + left + x]!
    return {data: toBytes(patchPx, this.normalization, at), width: patchPx, height: patchPx}
  }
}

/** A visual word as a picture: its values `[3·P·P]` in the order channel, row, column, normalisation undone. */
export function wordPicture(word: Float32Array, patchPx: number, normalization: Normalization): PatchSample {
  const at = (channel: number, y: number, x: number) => word[(channel * patchPx + y) * patchPx + x]!
  return {data: toBytes(patchPx, normalization, at), width: patchPx, height: patchPx}
}

function toBytes(
  patchPx: number,
  {mean, std}: Normalization,
  valueAt: (channel: number, y: number, x: number) => number,
): Uint8Array {
  const data = new Uint8Array(patchPx * patchPx * 3)
  for (let y = 0; y < patchPx; y += 1) {
    for (let x = 0; x < patchPx; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        const level = Math.round((valueAt(channel, y, x) * std[channel]! + mean[channel]!) * 255)
        data[(y * patchPx + x) * 3 + channel] = Math.min(255, Math.max(0, level))
      }
    }
  }
  return data
}
