/** Image embeddings against label texts: how well each label fits. */
import {ModelError} from '../base/errors.js'
import {dot, normalizeRows} from '../metrics/vectors.js'
import {type ModelFolder, requireKind} from '../models/folder.js'
import {readTensor, requireTensor} from '../weights/safetensors.js'
import {chooseLabels} from './labels.js'
import {TextEncoder, type TextOptions} from './text-features.js'

export type LabelOptions = TextOptions & {
  /** Default: the model's own. */
  readonly labels?: readonly string[] | undefined
  /** `{}` stands for the label; default: the model's own, else `a photo of a {}`. */
  readonly prompt?: string | undefined
}

export type LabelScore = {readonly label: string /** Softmax over all labels, 0 to 1. */; readonly score: number}

export class LabelScorer {
  private constructor(
    private readonly folder: ModelFolder,
    private readonly encoder: TextEncoder,
    private readonly scale: number,
    private names: readonly string[],
    private features: readonly Float32Array[],
  ) {}

  /**
   * The text tower runs once per label set.
   * @throws {UsageError} the labels or the prompt are wrong.  @throws {ModelError} the model is damaged.
   */
  static async open(folder: ModelFolder, options: LabelOptions): Promise<LabelScorer> {
    const encoder = new TextEncoder(requireKind(folder, 'clip', 'compare images with labels'), options)
    const {labels, texts} = chooseLabels(folder, options.labels, options.prompt)
    const features = await encoder.encode(texts)
    return new LabelScorer(folder, encoder, await readLogitScale(folder), labels, features)
  }

  get labels(): readonly string[] {
    return this.names
  }

  /** Other labels from now on; sets seen before cost nothing. */
  async setLabels(labels: readonly string[], prompt?: string): Promise<void> {
    const chosen = chooseLabels(this.folder, labels, prompt)
    this.features = await this.encoder.encode(chosen.texts)
    this.names = chosen.labels
  }

  /**
   * The cosine of each label's text, in the order of `labels`; comparable between images, as scores are not.
   * @param embedding `[projection]`, of any length.
   */
  cosines(embedding: Float32Array): Float64Array {
    const unit = Float32Array.from(embedding)
    normalizeRows(unit, unit.length)
    return Float64Array.from(this.features, (text) => dot(unit, text))
  }

  /**
   * All labels, best first; of equal ones the earlier stays.
   * @param embedding `[projection]`, of any length.
   */
  score(embedding: Float32Array): LabelScore[] {
    const logits = Array.from(this.cosines(embedding), (cosine) => this.scale * cosine)
    const highest = Math.max(...logits)
    const weights = logits.map((logit) => Math.exp(logit - highest))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return this.names.map((label, index) => ({label, score: weights[index]! / total})).sort((a, b) => b.score - a.score)
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
