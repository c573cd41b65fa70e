/** What a build will do, decided and checked before the first image is read. */
import {createHash} from 'node:crypto'
import {checkCount} from '../../base/check.js'
import {UsageError} from '../../base/errors.js'
import {type PaperKind, paperProcessor} from '../../image/paper.js'
import {CLIP_MEAN, CLIP_STD, type ImageProcessor} from '../../image/processor.js'
import {allowedThreads} from '../../runtime/threads.js'
import type {ImageInput} from '../images.js'

export type BuildSettings = {
  /** How many words to learn. */
  readonly words: number
  /** Side of a patch in pixels; default 16. */
  readonly patch?: number
  /** Side of the square every image is resized and cropped to, a multiple of `patch`; default 224. */
  readonly imageSize?: number
  /** Prepares images as the VWT paper does for their kind, which needs its size, 224; default: as CLIP does. */
  readonly paperKind?: Exclude<PaperKind, 'caption'> | undefined
  /** Times every image is gone through; default 1. */
  readonly passes?: number
  /** Views of each image in a pass: the model's own, then random parts of it; default 1. */
  readonly crops?: number
  /** Patches of one step, rounded up to whole images; default 16,384, and never less than 3 · words. */
  readonly patchesPerStep?: number | undefined
  readonly seed?: number
  readonly threads?: number | undefined
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
}

const MAX_WORDS = 100_000
const DEFAULT_PATCHES_PER_STEP = 16_384
/** Fewer patches in a step than this many per word, and words starve by chance. */
const PATCHES_PER_WORD = 3

export type BuildPlan = {
  readonly images: readonly ImageInput[]
  readonly processor: ImageProcessor
  readonly wordCount: number
  readonly wordLength: number
  readonly patchSize: number
  readonly imageSize: number
  readonly patchesPerImage: number
  readonly imagesPerStep: number
  /** Goes through the list: passes × crops. */
  readonly rounds: number
  readonly crops: number
  readonly seed: number
  readonly threads: number
  readonly fingerprint: string
}

/** @throws {UsageError} a setting is out of range, or the images cannot give as many patches as words are wanted. */
export function planBuild(images: readonly ImageInput[], options: BuildSettings): BuildPlan {
  const {words, patch = 16, imageSize = 224, passes = 1, crops = 1, seed = 0} = options
  checkCount('words', words, {min: 1, max: MAX_WORDS, unit: 'words'})
  checkCount('patch', patch, {min: 1, max: 256, unit: 'pixels'})
  checkCount('image size', imageSize, {min: patch, max: 4096, unit: 'pixels'})
  checkCount('passes', passes, {min: 1, max: 10_000, unit: 'passes'})
  checkCount('crops', crops, {min: 1, max: 10_000, unit: 'views'})
  if (imageSize % patch !== 0) {
    throw new UsageError(`The image size should be a multiple of the patch, ${patch} pixels, but is ${imageSize}.`, {
      code: 'out-of-range',
    })
  }
  const patchesPerImage = (imageSize / patch) ** 2
  checkEnough(words, images.length, images.length * crops * patchesPerImage)
  const least = PATCHES_PER_WORD * words
  const patchesPerStep = options.patchesPerStep ?? Math.max(DEFAULT_PATCHES_PER_STEP, least)
  checkCount(`patches per step (at least ${PATCHES_PER_WORD} for each of ${words} words)`, patchesPerStep, {
    min: least,
    max: 10_000_000,
    unit: 'patches',
  })
  const {paperKind, maxPixels = null} = options
  const settings = {words, patch, imageSize, passes, crops, patchesPerStep, seed, maxPixels, paperKind}
  const processor = paperKind === undefined ? processorFor(imageSize) : paperProcessor(paperKind)
  if (processor.output.width !== imageSize) {
    throw new UsageError(
      `The paper's images are ${processor.output.width} pixels wide, but the image size is ${imageSize}.`,
      {
        code: 'preprocess-size',
      },
    )
  }
  return {
    images,
    processor,
    wordCount: words,
    wordLength: 3 * patch ** 2,
    patchSize: patch,
    imageSize,
    patchesPerImage,
    imagesPerStep: Math.ceil(patchesPerStep / patchesPerImage),
    rounds: passes * crops,
    crops,
    seed,
    threads: options.threads ?? allowedThreads(),
    fingerprint: fingerprintOf(settings, images),
  }
}

/** CLIP's own way from image to pixels, which BLIP's normalisation shares, at any size. */
export function processorFor(imageSize: number): ImageProcessor {
  const size = {width: imageSize, height: imageSize}
  return {
    name: 'build-vocab',
    sourceCrop: null,
    resize: {shortestEdge: imageSize},
    filter: 'bicubic',
    crop: size,
    rescaleFactor: 1 / 255,
    mean: CLIP_MEAN,
    std: CLIP_STD,
    output: size,
  }
}

/** @throws {UsageError} `patches-too-few`. */
export function checkEnough(words: number, images: number, patches: number): void {
  if (patches >= words) return
  const have = `${images} ${images === 1 ? 'image gives' : 'images give'} ${patches}`
  throw new UsageError(`${words} words need at least ${words} patches, but ${have}.`, {
    code: 'patches-too-few',
    suggestions: ['Use more images.', 'Ask for fewer --words.', 'Take several views of each image: --crops N.'],
  })
}

function fingerprintOf(settings: object, images: readonly ImageInput[]): string {
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const {path, bytes} of images) hash.update(JSON.stringify([path, bytes?.length ?? null]))
  return hash.digest('hex')
}
