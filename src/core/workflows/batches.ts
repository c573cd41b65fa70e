/** Images taken through a model batch by batch: unreadable ones are reported in their place, the others go on. */
import {BugError, InterruptedError, messageOf, VwtError} from '../base/errors.js'
import type {Tensor} from '../base/tensor.js'
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

/** An image that could be read, and its place in the whole call. */
export type ReadImage = {
  readonly input: ImageInput
  readonly image: LoadedImage
  readonly place: number
  /** Milliseconds of reading and resizing; a batch's time is divided by its images. */
  readonly loadMs: number
}

/**
 * Runs all images, in order.
 * @throws {InterruptedError} the signal was aborted; what was yielded before is complete.
 */
export async function* seeImages(
  images: readonly (ImageInput | string)[],
  {loader, vision}: {readonly loader: PixelLoader; readonly vision: VisionRunner},
  options: BatchOptions = {},
): AsyncGenerator<SeenImage | FailedImage> {
  for await (const outcomes of readBatches(images, loader, options)) {
    yield* await inPlaceOfRead(outcomes, (read) => see(vision, read))
  }
}

/**
 * Reads all images, a batch at a time and in order.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function* readBatches(
  images: readonly (ImageInput | string)[],
  loader: PixelLoader,
  {batch = 1, signal}: BatchOptions = {},
): AsyncGenerator<(ReadImage | FailedImage)[]> {
  const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
  for (let first = 0; first < inputs.length; first += batch) {
    if (signal?.aborted) throw new InterruptedError()
    const part = inputs.slice(first, first + batch)
    const start = performance.now()
    const loaded = await Promise.all(part.map((input) => loadOrFail(loader, input)))
    const loadMs = (performance.now() - start) / part.length
    yield loaded.map((image, index) =>
      'pixels' in image ? {image, input: part[index]!, place: first + index, loadMs} : image,
    )
  }
}

/** The images of a batch in their order: what `work` makes of those that were read, all at once, among those that failed. */
export async function inPlaceOfRead<Result>(
  outcomes: readonly (ReadImage | FailedImage)[],
  work: (read: readonly ReadImage[]) => Promise<readonly Result[]>,
): Promise<(Result | FailedImage)[]> {
  const read = outcomes.filter((outcome) => !isFailed(outcome)) as ReadImage[]
  const results = read.length === 0 ? [] : await work(read)
  let next = 0
  return outcomes.map((outcome) => (isFailed(outcome) ? outcome : results[next++]!))
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

async function see(vision: VisionRunner, images: readonly ReadImage[]): Promise<SeenImage[]> {
  const start = performance.now()
  const features = await vision.run(
    pixelsOf(vision, images),
    images.map(({place}) => place),
  )
  const inferMs = (performance.now() - start) / images.length
  return images.map(({image, input, loadMs}, index) => ({
    input,
    image,
    features: features[index]!,
    ms: {load: loadMs, infer: inferMs},
  }))
}

/** The pixels of a batch, as the tower takes them. */
export function pixelsOf({folder}: VisionRunner, images: readonly ReadImage[]): Tensor {
  return batchPixels(
    images.map(({image}) => image.pixels),
    folder.config.vision.imageSize,
  )
}
