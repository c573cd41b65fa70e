/** Zero-shot classification: images against label texts in CLIP's common space, with a token method in the way. */
import {BugError, ImageError, ModelError} from '../base/errors.js'
import {parseMethodSpec} from '../methods/spec.js'
import {dot, normalizeRows} from '../metrics/vectors.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import type {Device} from '../runtime/session.js'
import {readTensor, requireTensor} from '../weights/safetensors.js'
import {type BatchOptions, type FailedImage, isFailed, type SeenImage, seeImages} from './batches.js'
import type {DeviceChoice} from './device.js'
import {chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
import {chooseLabels, type LabelSet} from './labels.js'
import {TextEncoder} from './text-features.js'
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

export type ClassifyOptions = BatchOptions & {
  /** Labels returned, best first; default 5. */
  readonly top?: number
}

export type LabelScore = {readonly label: string /** Softmax over all labels, 0 to 1. */; readonly score: number}

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
  const labels = chooseLabels(folder, options.labels, options.prompt)
  const processor = chooseProcessor(folder, options.preprocess ?? 'model')
  const text = new TextEncoder(folder, options)
  const features = await text.encode(labels.texts)
  const scale = await readLogitScale(folder)
  const vision = await VisionRunner.open(folder, {...options, spec})
  const loader = await PixelLoader.open(processor, options)
  return new Classifier(folder, vision, loader, {labels, features, text, scale})
}

type Texts = {labels: LabelSet; features: readonly Float32Array[]; readonly text: TextEncoder; readonly scale: number}

export class Classifier {
  constructor(
    private readonly folder: ModelFolder,
    readonly vision: VisionRunner,
    readonly loader: PixelLoader,
    private readonly texts: Texts,
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
    return this.texts.labels.labels
  }

  /** Other labels for the images to come; sets seen before cost nothing. */
  async setLabels(labels: readonly string[], prompt?: string): Promise<void> {
    const chosen = chooseLabels(this.folder, labels, prompt)
    this.texts.features = await this.texts.text.encode(chosen.texts)
    this.texts.labels = chosen
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
      labels: this.score(features.embedding).slice(0, top),
      ms,
    }
  }

  /** All labels, best first; of equal ones the earlier stays. */
  private score(embedding: Float32Array): LabelScore[] {
    const unit = Float32Array.from(embedding)
    normalizeRows(unit, unit.length)
    const logits = this.texts.features.map((text) => this.texts.scale * dot(unit, text))
    const highest = Math.max(...logits)
    const weights = logits.map((logit) => Math.exp(logit - highest))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return this.labels
      .map((label, index) => ({label, score: weights[index]! / total}))
      .sort((a, b) => b.score - a.score)
  }
}

/**
 * CLIP's learned temperature: logits are the cosine times exp(logit_scale).
 * @throws {ModelError} the tensor holds no number, or one whose exponential is beyond all numbers.
 */
async function readLogitScale({weights}: ModelFolder): Promise<number> {
  const span = requireTensor(weights, 'logit_scale', {})
  const [logitScale] = await readTensor(span)
  const scale = Math.exp(logitScale!)
  if (Number.isFinite(scale)) return scale
  throw new ModelError(`logit_scale in ${span.file} should be a finite number below 700, but is ${logitScale}.`, {
    code: 'weights-not-finite',
    suggestions: ['Download or save the weights again: no score can come of this.'],
  })
}
