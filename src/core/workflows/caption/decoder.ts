/** A captioning model at work: images become keys and values once, then every step says what may follow. */
import {BugError, UsageError} from '../../base/errors.js'
import {int64Tensor, type Tensor} from '../../base/tensor.js'
import type {BlipTextConfig} from '../../models/blip-config.js'
import {cacheName, writeBlipCross, writeBlipStep} from '../../models/blip-decoder.js'
import {type ModelFolder, requireKind} from '../../models/folder.js'
import {openSession, type Session} from '../../runtime/session.js'
import {explainNonFinite} from '../non-finite.js'
import {graphPieces, type ImageFeatures, type VisionOptions, VisionRunner} from '../vision.js'

const PARTS = ['keys', 'values'] as const

type Tensors = Readonly<Record<string, Tensor>>

/** A batch of images on its way into the decoder. */
export type EncodedImages = {
  readonly features: readonly ImageFeatures[]
  /** Inputs of the step graph that all steps share. */
  readonly shared: Tensors
}

/** What the tower made of a batch of images. */
export type SeenImages = Awaited<ReturnType<VisionRunner['runWhole']>>

/** What may follow each row, row-major `[rows · vocabSize]`; new arrays in every step. */
export type StepScores = {
  readonly logits: Float32Array
  /** The log-softmax of `logits`. */
  readonly logProbs: Float32Array
}

export type StepOptions = {
  /** Rows of `ids`, image by image, the same number for each image; it may differ from step to step. */
  readonly rows: number
  /**
   * For each row the row of the step before whose past it continues; default: its own. Nothing is copied for it on this
   * side: the graph gathers.
   */
  readonly parents?: readonly number[] | undefined
}

/**
 * Vision tower and decoder. The decoder runs on the processor whatever the device of the tower: its caches would
 * otherwise travel there and back in every step.
 */
export class CaptionDecoder {
  private constructor(
    readonly folder: ModelFolder<'blip'>,
    readonly vision: VisionRunner,
    private readonly cross: Session,
    private readonly stepper: Session,
  ) {}

  /**
   * @throws {UsageError} the model is not one that writes captions.  @throws {ModelError} it is damaged.
   * @throws {DeviceError} the device does not open.
   */
  static async open(model: ModelFolder, options: VisionOptions): Promise<CaptionDecoder> {
    const folder = requireKind(model, 'blip', 'write captions')
    const vision = await VisionRunner.open(folder, options)
    const threads = options.threads === undefined ? {} : {threads: options.threads}
    const weights = vision.quantized?.weights ?? folder.weights
    const pieces = {dialect: 'fused', linear: graphPieces(options.spec).linear} as const
    const opened: Session[] = []
    try {
      for (const write of [writeBlipCross, writeBlipStep]) {
        opened.push(await openSession(write(weights, folder.config, pieces), threads))
      }
    } catch (error) {
      await Promise.all([vision, ...opened].map((session) => session.release()))
      throw error
    }
    const [cross, stepper] = opened as [Session, Session]
    return new CaptionDecoder(folder, vision, cross, stepper)
  }

  get text(): BlipTextConfig {
    return this.folder.config.text
  }

  /**
   * Runs the vision tower, and what of the decoder depends on the images alone.
   *
   * @param pixels float32 `[B, 3, size, size]`.
   * @param images place of each image in the whole call.
   */
  async encode(pixels: Tensor, images: readonly number[]): Promise<EncodedImages> {
    return this.attend(await this.see(pixels, images))
  }

  /** The vision tower alone. */
  see(pixels: Tensor, images: readonly number[]): Promise<SeenImages> {
    return this.vision.runWhole(pixels, images)
  }

  /** What of the decoder depends on the images alone: keys and values of its attention to their tokens. */
  async attend({features, outputs}: SeenImages): Promise<EncodedImages> {
    const {image_tokens, token_valid} = outputs
    const crossed = await this.cross.run({image_tokens: image_tokens!})
    return {features, shared: {...crossed, token_valid: token_valid!}}
  }

  /** Begins the captions of a batch. */
  start(images: EncodedImages): DecodeSession {
    return new DecodeSession(this.stepper, this.folder, images)
  }

  async release(): Promise<void> {
    await Promise.all([this.vision.release(), this.cross.release(), this.stepper.release()])
  }
}

/** The captions of one batch of images, as far as they are written. */
export class DecodeSession {
  #past: Tensors | undefined
  #length = 0

  constructor(
    private readonly stepper: Session,
    private readonly folder: ModelFolder<'blip'>,
    private readonly images: EncodedImages,
  ) {}

  private get text(): BlipTextConfig {
    return this.folder.config.text
  }

  /** Ids of each row so far. */
  get length(): number {
    return this.#length
  }

  /**
   * Writes on: `ids.length / rows` ids behind each row, at least one.
   *
   * @param ids row-major.
   * @returns the scores of what follows the last of them.
   * @throws {UsageError} a row would have more ids than the model has positions.
   * @throws {ModelError} the model computes what is not a number, because its weights hold such values.
   */
  async step(ids: readonly number[], {rows, parents}: StepOptions): Promise<StepScores> {
    const count = ids.length / rows
    this.checkStep(rows, count)
    const past = this.#past ?? this.emptyPast(rows)
    const kept = parents ?? Array.from({length: rows}, (_, row) => row)
    const {logits, log_probs, ...present} = await this.stepper.run({
      ...this.images.shared,
      ...past,
      input_ids: int64Tensor(ids, [rows, count]),
      parents: int64Tensor(kept),
    })
    this.#past = asPast(present, this.text.layers)
    this.#length += count
    const logProbs = log_probs!.data as Float32Array
    // One bad logit spoils the sum of its row, and with it every probability.
    if (!Number.isFinite(sumOfFirsts(logProbs, this.text.vocabSize))) await explainNonFinite(this.folder)
    return {logits: logits!.data as Float32Array, logProbs}
  }

  private checkStep(rows: number, count: number): void {
    const images = this.images.features.length
    if (!Number.isInteger(rows / images) || !Number.isInteger(count) || count < 1) {
      throw new BugError(`A step over ${images} images takes as many rows for each, but got ${rows} of ${count} ids.`)
    }
    if (this.#length + count <= this.text.maxPositions) return
    throw new UsageError(
      `The model writes captions of up to ${this.text.maxPositions} tokens, but is asked for ${this.#length + count}.`,
      {code: 'caption-too-long', suggestions: [`--max-length ${this.text.maxPositions}`]},
    )
  }

  private emptyPast(rows: number): Tensors {
    const {heads, headDim, layers} = this.text
    const empty: Tensor = {type: 'float32', dims: [rows, heads, 0, headDim], data: new Float32Array(0)}
    return forCache(layers, () => empty)
  }
}

function sumOfFirsts(values: Float32Array, width: number): number {
  let sum = 0
  for (let at = 0; at < values.length; at += width) sum += values[at]!
  return sum
}

/** What came out of one step as what goes into the next. */
function asPast(present: Tensors, layers: number): Tensors {
  return forCache(layers, (layer, part) => present[cacheName('present', layer, part)]!)
}

function forCache(layers: number, tensorOf: (layer: number, part: (typeof PARTS)[number]) => Tensor): Tensors {
  const tensors: Record<string, Tensor> = {}
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of PARTS) tensors[cacheName('past', layer, part)] = tensorOf(layer, part)
  }
  return tensors
}
