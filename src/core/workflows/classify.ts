/** Zero-shot classification: images against label texts in CLIP's common space, with a token method in the way. */
import {BugError, InterruptedError, messageOf, VwtError} from '../base/errors.js'
import {parseMethodSpec} from '../methods/spec.js'
import {dot, normalizeRows} from '../metrics/vectors.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import type {Device} from '../runtime/session.js'
import {readTensor, requireTensor} from '../weights/safetensors.js'
import type {DeviceChoice} from './device.js'
import {batchPixels, chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
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

export type ClassifyOptions = {
  /** Images in one run of the model; default 1. */
  readonly batch?: number
  /** Labels returned, best first; default 5. */
  readonly top?: number
  /** Stops after the batch in hand. */
  readonly signal?: AbortSignal
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

export type FailedImage = {readonly path: string; readonly error: {readonly code: string; readonly message: string}}
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

/** A readable image, with its place in the call. */
type Placed = {readonly input: ImageInput; readonly place: number; readonly pixels: Float32Array}

type Texts = {labels: LabelSet; features: readonly Float32Array[]; readonly text: TextEncoder; readonly scale: number}

export class Classifier {
  constructor(
    private readonly folder: ModelFolder,
    private readonly vision: VisionRunner,
    private readonly loader: PixelLoader,
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
    const {batch = 1, top = 5, signal} = options
    const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
    for (let first = 0; first < inputs.length; first += batch) {
      if (signal?.aborted) throw new InterruptedError()
      yield* await this.classifyBatch(inputs.slice(first, first + batch), first, top)
    }
  }

  /** Classifies one image. @throws {ImageError} it cannot be read. */
  async classifyOne(image: ImageInput | string, options: Pick<ClassifyOptions, 'top'> = {}): Promise<ClassifiedImage> {
    const input = typeof image === 'string' ? {path: image} : image
    const start = performance.now()
    const {pixels} = await this.loader.load(input)
    const [result] = await this.infer([{input, pixels, place: 0}], {
      top: options.top ?? 5,
      loadMs: performance.now() - start,
    })
    return result!
  }

  async release(): Promise<void> {
    await Promise.all([this.vision.release(), this.loader.release()])
  }

  private async classifyBatch(inputs: readonly ImageInput[], first: number, top: number): Promise<ImageResult[]> {
    const start = performance.now()
    const loaded = await Promise.all(inputs.map((input, index) => this.loadOrFail(input, first + index)))
    const loadMs = (performance.now() - start) / inputs.length
    const good = loaded.filter((image) => 'pixels' in image)
    const results = good.length === 0 ? [] : await this.infer(good, {top, loadMs})
    let next = 0
    return loaded.map((image) => ('pixels' in image ? results[next++]! : image))
  }

  private async loadOrFail(input: ImageInput, place: number): Promise<Placed | FailedImage> {
    try {
      return {input, place, pixels: (await this.loader.load(input)).pixels}
    } catch (error) {
      if (!(error instanceof VwtError) || error instanceof BugError) throw error
      return {path: input.path, error: {code: error.code, message: messageOf(error)}}
    }
  }

  private async infer(
    images: readonly Placed[],
    {top, loadMs}: {top: number; loadMs: number},
  ): Promise<ClassifiedImage[]> {
    const pixels = batchPixels(
      images.map((image) => image.pixels),
      this.folder.config.vision.imageSize,
    )
    const start = performance.now()
    const features = await this.vision.run(
      pixels,
      images.map(({place}) => place),
    )
    const inferMs = (performance.now() - start) / images.length
    return features.map(({embedding, layerTokens}, index) => ({
      path: images[index]!.input.path,
      tokens: {full: this.vision.tokensFull, used: layerTokens.at(-1)!},
      labels: this.score(embedding).slice(0, top),
      ms: {load: loadMs, infer: inferMs},
    }))
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

/** CLIP's learned temperature: logits are the cosine times exp(logit_scale). */
async function readLogitScale({weights}: ModelFolder): Promise<number> {
  const [logitScale] = await readTensor(requireTensor(weights, 'logit_scale', {}))
  return Math.exp(logitScale!)
}
