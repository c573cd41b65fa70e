/** What a method does to images, without labels: which token every patch ends in, and how many are left. */

import {parseMethodSpec} from '../methods/spec.js'
import {type Spread, spreadOf} from '../metrics/spread.js'
import {readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import type {Device} from '../runtime/session.js'
import {type BatchOptions, type FailedImage, isFailed, type SeenImage, seeImages} from './batches.js'
import type {DeviceChoice} from './device.js'
import {chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
import {type PatchTrace, VisionRunner} from './vision.js'
import {DEFAULT_VOCABULARY} from './words.js'

export type TokenizationOptions = {
  /** Name or folder; default `mini`. */
  readonly model?: string
  /** Method spec; default `base`. */
  readonly method?: string
  /** Name or file of the vocabulary, for methods that use one; default `photos-100`. */
  readonly vocab?: string | undefined
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  /** Seed of methods that draw. */
  readonly seed?: number
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
  readonly onWarning?: (message: string) => void
}

export type TokenizedImage = {
  readonly path: string
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number]
  /** `full`: patches and class token; `perLayer`: tokens behind each layer's attention; `used`: the last of them. */
  readonly tokens: {readonly full: number; readonly used: number; readonly perLayer: readonly number[]}
  /** For every patch in raster order the group it ends in, from 0; equal numbers share a token; -1 = dropped. */
  readonly patches: readonly number[]
}

export type Tokenization = {
  readonly model: string
  readonly method: string
  /** Null when the method knows no words. */
  readonly vocab: string | null
  readonly images: readonly (TokenizedImage | FailedImage)[]
  /** Tokens used, over the images that could be read; null when none could. */
  readonly summary: Spread | null
}

/** Opens a model for looking at tokens; everything it says was returned by the graph that ran. */
export async function loadPatchTokenizer(options: TokenizationOptions = {}): Promise<PatchTokenizer> {
  const spec = parseMethodSpec(options.method ?? 'base')
  const location = await findModel(options.model ?? 'mini')
  const folder = await readModelFolder(location.path, {name: location.name})
  const processor = chooseProcessor(folder, options.preprocess ?? 'model')
  const vision = await VisionRunner.open(folder, {...options, spec, trace: true})
  const loader = await PixelLoader.open(processor, options)
  const usesWords = spec.steps.some((step) => step.usesVocabulary)
  return new PatchTokenizer(vision, loader, usesWords ? (options.vocab ?? DEFAULT_VOCABULARY) : null)
}

/** An image with its trace, for whoever draws it. */
export type TracedImage = SeenImage & {readonly trace: PatchTrace}

export class PatchTokenizer {
  constructor(
    readonly vision: VisionRunner,
    readonly loader: PixelLoader,
    /** Null when the method knows no words. */
    readonly vocab: string | null,
  ) {}

  get model(): string {
    return this.vision.folder.name
  }

  get method(): string {
    return this.vision.spec.text
  }

  get device(): Device {
    return this.vision.device
  }

  /** Every image with the full trace of the run. */
  async *trace(
    images: readonly (ImageInput | string)[],
    options: BatchOptions = {},
  ): AsyncGenerator<TracedImage | FailedImage> {
    for await (const seen of seeImages(images, this, options)) {
      yield isFailed(seen) ? seen : {...seen, trace: seen.features.trace!}
    }
  }

  async *tokenize(
    images: readonly (ImageInput | string)[],
    options: BatchOptions = {},
  ): AsyncGenerator<TokenizedImage | FailedImage> {
    for await (const traced of this.trace(images, options)) yield isFailed(traced) ? traced : this.describe(traced)
  }

  /** The document of `vwt tokenize` for results gathered from `tokenize`. */
  summarize(images: readonly (TokenizedImage | FailedImage)[]): Tokenization {
    const used = images.flatMap((image) => (isFailed(image) ? [] : [image.tokens.used]))
    return {model: this.model, method: this.method, vocab: this.vocab, images, summary: spreadOf(used)}
  }

  async release(): Promise<void> {
    await Promise.all([this.vision.release(), this.loader.release()])
  }

  private describe({input, features, trace}: TracedImage): TokenizedImage {
    const perLayer = features.layerTokens
    const side = Math.sqrt(trace.layers[0]!.length)
    return {
      path: input.path,
      grid: [side, side],
      tokens: {full: this.vision.tokensFull, used: perLayer.at(-1)!, perLayer},
      patches: trace.layers.at(-1)!.map((token) => Math.max(token - 1, -1)),
    }
  }
}
