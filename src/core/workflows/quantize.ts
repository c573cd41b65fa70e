/** Makes a model's int8 weights ahead of their first use, smoothed by what a few images show when there are any. */
import {checkNumber} from '../base/check.js'
import {InterruptedError, UsageError} from '../base/errors.js'
import {observedWeight, observingLinear} from '../methods/calibration.js'
import type {QuantizedKind} from '../methods/quantize.js'
import {writeVision} from '../models/architectures.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import {type Outputs, openSession} from '../runtime/session.js'
import {type FailedImage, isFailed, loadOrFail} from './batches.js'
import {batchPixels, chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
import {writeQuantized} from './quantized.js'
import type {Smoothing} from './quantized-tensors.js'

/** The paper's choice for most models: half of the spread moves into the weights. */
export const DEFAULT_ALPHA = 0.5

export type QuantizeOptions = {
  /** Name or folder. */
  readonly model: string
  /** Images like those to come; without any the weights are rounded as they are. */
  readonly calibrate?: readonly ImageInput[]
  /** Share of the spread that moves into the weights, 0 to 1; default 0.5. */
  readonly alpha?: number | undefined
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
  /** Told after each image. */
  readonly onImage?: (done: number, path: string) => void
  readonly signal?: AbortSignal
}

export type Quantization = {
  readonly model: string
  /** Where the int8 weights are now. */
  readonly file: string
  /** `u8s8`, or `u8s7` for processors that add in 16 bits. */
  readonly kind: QuantizedKind
  readonly bytes: number
  /** Null without images. */
  readonly smoothing: {readonly alpha: number; readonly images: number} | null
  /** Images that could not be read. */
  readonly failed: readonly FailedImage[]
  readonly seconds: number
}

/**
 * Writes the int8 weights that `q8` then runs on, in place of those that are there.
 *
 * @throws {UsageError} no calibration image could be read; alpha is out of range; the file can be written nowhere.
 * @throws {ModelError} the model is missing or damaged.  @throws {InterruptedError} stopped; nothing was written.
 */
export async function quantizeModel(options: QuantizeOptions): Promise<Quantization> {
  const {calibrate = [], alpha = DEFAULT_ALPHA} = options
  checkNumber('alpha', alpha, {min: 0, max: 1})
  const start = performance.now()
  const location = await findModel(options.model)
  const folder = await readModelFolder(location.path, {name: location.name})
  const {activations, failed, imageCount} = await observe(folder, calibrate, options)
  const smoothing = calibrate.length > 0 ? {alpha, imageCount, activations} : undefined
  const {file, kind, weights, smoothing: used} = await writeQuantized(folder, {smoothing})
  const seconds = (performance.now() - start) / 1000
  return {model: folder.name, file, kind, bytes: weights.totalBytes, smoothing: used, failed, seconds}
}

type Observation = Pick<Smoothing, 'activations' | 'imageCount'> & {readonly failed: readonly FailedImage[]}

/** Runs the images through the model as it is and keeps the largest magnitude of every channel. */
async function observe(
  folder: ModelFolder,
  images: readonly ImageInput[],
  options: QuantizeOptions,
): Promise<Observation> {
  const activations = new Map<string, Float32Array>()
  const failed: FailedImage[] = []
  if (images.length === 0) return {activations, failed, imageCount: 0}
  const {imageSize} = folder.config.vision
  const threads = options.threads === undefined ? {} : {threads: options.threads}
  const loader = await PixelLoader.open(chooseProcessor(folder, options.preprocess ?? 'model'), options)
  const graph = writeVision(folder, folder.weights, {dialect: 'fused', linear: observingLinear()})
  const session = await openSession(graph, threads)
  try {
    for (const [index, image] of images.entries()) {
      if (options.signal?.aborted) throw new InterruptedError()
      const loaded = await loadOrFail(loader, image)
      if (isFailed(loaded)) failed.push(loaded)
      else mergeLargest(activations, await session.run({pixel_values: batchPixels([loaded.pixels], imageSize)}))
      options.onImage?.(index + 1, image.path)
    }
  } finally {
    await Promise.all([session.release(), loader.release()])
  }
  if (failed.length === images.length) {
    throw new UsageError(`None of the ${images.length} calibration images could be read: ${failed[0]!.error.message}`, {
      code: 'calibration-without-images',
      suggestions: ['A handful of photos like those to come is enough: --calibrate photos/*.jpg'],
    })
  }
  return {activations, failed, imageCount: images.length - failed.length}
}

function mergeLargest(activations: Map<string, Float32Array>, outputs: Outputs): void {
  for (const [name, {data}] of Object.entries(outputs)) {
    const weight = observedWeight(name)
    if (weight === undefined) continue
    const known = activations.get(weight)
    const now = data as Float32Array
    activations.set(weight, known ? known.map((value, channel) => Math.max(value, now[channel]!)) : now.slice())
  }
}
