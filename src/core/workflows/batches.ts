/** Images taken through a model batch by batch: unreadable ones are reported in their place, the others go on. */
import {BugError, InterruptedError, messageOf, VwtError} from '../base/errors.js'
import {batchPixels, type ImageInput, type LoadedImage, type PixelLoader} from './images.js'
import type {ImageFeatures, VisionRunner} from './vision.js'

export type BatchOptions = {
  /** Images in one run of the model; default 1. */
  readonly batch?: number
  /** Stops after the batch in hand. */
  readonly signal?: AbortSignal | undefined
}

export type FailedImage = {
  readonly path: string
  readonly error: {readonly code: string; readonly message: string; readonly suggestions?: readonly string[]}
}

export type SeenImage = {
  readonly input: ImageInput
  readonly image: LoadedImage
  readonly features: ImageFeatures
  /** Milliseconds per image: reading and resizing; the vision tower. A batch's time is divided by its images. */
  readonly ms: {readonly load: number; readonly infer: number}
}

/**
 * Runs all images, in order.
 * @throws {InterruptedError} the signal was aborted; what was yielded before is complete.
 */
export async function* seeImages(
  images: readonly (ImageInput | string)[],
  {loader, vision}: {readonly loader: PixelLoader; readonly vision: VisionRunner},
  {batch = 1, signal}: BatchOptions = {},
): AsyncGenerator<SeenImage | FailedImage> {
  const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
  for (let first = 0; first < inputs.length; first += batch) {
    if (signal?.aborted) throw new InterruptedError()
    const part = inputs.slice(first, first + batch)
    const start = performance.now()
    const loaded = await Promise.all(part.map((input) => loadOrFail(loader, input)))
    const loadMs = (performance.now() - start) / part.length
    const good = loaded.flatMap((image, index) =>
      'pixels' in image ? [{image, input: part[index]!, place: first + index}] : [],
    )
    const seen = good.length === 0 ? [] : await see(vision, good, loadMs)
    let next = 0
    for (const image of loaded) yield 'pixels' in image ? seen[next++]! : image
  }
}

/** True for an image that could not be read. */
export function isFailed(result: object): result is FailedImage {
  return 'error' in result
}

export async function loadOrFail(loader: PixelLoader, input: ImageInput): Promise<LoadedImage | FailedImage> {
  try {
    return await loader.load(input)
  } catch (error) {
    if (!(error instanceof VwtError) || error instanceof BugError) throw error
    const {code, suggestions} = error
    return {path: input.path, error: {code, message: messageOf(error), suggestions}}
  }
}

type Readable = {readonly image: LoadedImage; readonly input: ImageInput; readonly place: number}

async function see(vision: VisionRunner, images: readonly Readable[], loadMs: number): Promise<SeenImage[]> {
  const pixels = batchPixels(
    images.map(({image}) => image.pixels),
    vision.folder.config.vision.imageSize,
  )
  const start = performance.now()
  const features = await vision.run(
    pixels,
    images.map(({place}) => place),
  )
  const inferMs = (performance.now() - start) / images.length
  return images.map(({image, input}, index) => ({
    input,
    image,
    features: features[index]!,
    ms: {load: loadMs, infer: inferMs},
  }))
}
