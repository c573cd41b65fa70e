/** Zero-shot classification: images against label texts in CLIP's common space, with a token method in the way. */
import {BugError, ImageError} from '../base/errors.js'
import {parseMethodSpec} from '../methods/spec.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import type {Device} from '../runtime/session.js'
import {type BatchOptions, type FailedImage, isFailed, type SeenImage, seeImages} from './batches.js'
import type {DeviceChoice} from './device.js'
import {chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
import {type LabelScore, LabelScorer} from './label-scores.js'
import {VisionRunner} from './vision.js'

export type ClassifierOptions = {
  /** Name or folder; default `mini`. */
  readonly model?: string
  /** Method spec; default `base`. */
  readonly method?: string
  /** Default: the model's own. */
  readonly labels?: readonly string[] | undefined
  /** `{}` stands for the label; default: the model's own, else `a photo of a {}`. */
  readonly prompt?: string | undefined
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  /** Name or file of the vocabulary, for methods that use one; default `photos-100`. */
  readonly vocab?: string | undefined
  /** Seed of methods that draw. */
  readonly seed?: number
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
  /** Told once per matter: unknown words, texts cut, a device that fell back. */
  readonly onWarning?: (message: string) => void
}

export type {LabelScore} from './label-scores.js'

export type ClassifyOptions = BatchOptions & {
  /** Labels returned, best first; default 5. */
  readonly top?: number
}

export type ClassifiedImage = {
  readonly path: string
  /** `full`: patches and class token; `used`: tokens of the last layer. */
  readonly tokens: {readonly full: number; readonly used: number}
  readonly labels: readonly LabelScore[]
  /** Milliseconds per image: reading and resizing; the vision tower. A batch's time is divided by its images. */
  readonly ms: {readonly load: number; readonly infer: number}
}

export type ImageResult = ClassifiedImage | FailedImage

/**
 * Opens a model for classification. The text tower runs once per label set, the vision tower once per batch.
 *
 * @throws {UsageError} the method spec, the labels or the prompt are wrong.
 * @throws {ModelError} the model is missing or damaged.  @throws {DeviceError} the device does not open.
 */
export async function loadClassifier(options: ClassifierOptions = {}): Promise<Classifier> {
  const spec = parseMethodSpec(options.method ?? 'base')
  const location = await findModel(options.model ?? 'mini')
  const folder = await readModelFolder(location.path, {name: location.name})
  const processor = chooseProcessor(folder, options.preprocess ?? 'model')
  const scorer = await LabelScorer.open(folder, options)
  const vision = await VisionRunner.open(folder, {...options, spec})
  const loader = await PixelLoader.open(processor, options)
  return new Classifier(folder, vision, loader, scorer)
}

export class Classifier {
  constructor(
    private readonly folder: ModelFolder,
    readonly vision: VisionRunner,
    readonly loader: PixelLoader,
    private readonly scorer: LabelScorer,
  ) {}

  get model(): string {
    return this.folder.name
  }

  /** Canonical spec, settings included. */
  get method(): string {
    return this.vision.spec.text
  }

  get device(): Device {
    return this.vision.device
  }

  get labels(): readonly string[] {
    return this.scorer.labels
  }

  /** Other labels for the images to come; sets seen before cost nothing. */
  setLabels(labels: readonly string[], prompt?: string): Promise<void> {
    return this.scorer.setLabels(labels, prompt)
  }

  /** Classifies images one batch after the other; an unreadable one is reported in its place. */
  async *classify(
    images: readonly (ImageInput | string)[],
    options: ClassifyOptions = {},
  ): AsyncGenerator<ImageResult> {
    const {top = 5} = options
    for await (const seen of seeImages(images, this, options)) {
      yield isFailed(seen) ? seen : this.describe(seen, top)
    }
  }

  /** Classifies one image. @throws {ImageError} it cannot be read. */
  async classifyOne(image: ImageInput | string, options: Pick<ClassifyOptions, 'top'> = {}): Promise<ClassifiedImage> {
    for await (const result of this.classify([image], options)) {
      if (isFailed(result)) throw new ImageError(result.error.message, result.error)
      return result
    }
    throw new BugError('One image gave no result.')
  }

  async release(): Promise<void> {
    await Promise.all([this.vision.release(), this.loader.release()])
  }

  private describe({input, features, ms}: SeenImage, top: number): ClassifiedImage {
    return {
      path: input.path,
      tokens: {full: this.vision.tokensFull, used: features.layerTokens.at(-1)!},
      labels: this.scorer.score(features.embedding).slice(0, top),
      ms,
    }
  }
}
