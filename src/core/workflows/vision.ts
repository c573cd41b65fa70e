/** A vision tower with a method in it: batches of pixels in, embeddings, token counts and the trace out. */
import {UsageError} from '../base/errors.js'
import type {Tensor} from '../base/tensor.js'
import type {MethodSpec} from '../methods/spec.js'
import type {UnitWords} from '../methods/words.js'
import type {EncoderGeometry} from '../metrics/macs.js'
import {writeVision} from '../models/architectures.js'
import type {ModelFolder} from '../models/folder.js'
import type {VisionOptions as VisionPieces} from '../models/vision-tower.js'
import type {Device, Outputs, Session} from '../runtime/session.js'
import {type DeviceChoice, type DeviceOptions, openOnDevice} from './device.js'
import {explainNonFinite} from './non-finite.js'
import {openQuantized, type QuantizedModel} from './quantized.js'
import {openWords} from './words.js'

export type VisionOptions = DeviceOptions & {
  readonly spec: MethodSpec
  /** Also asks for the token of every patch. */
  readonly trace?: boolean
  readonly seed?: number | undefined
  /** Name or file of the vocabulary, for methods that use one; default `photos-100`. */
  readonly vocab?: string | undefined
}

/** What one image became. */
export type ImageFeatures = {
  /** What compares images, not normalised: CLIP's embedding `[projection]`, BLIP's class token `[width]`. */
  readonly embedding: Float32Array
  /** Tokens of each layer, behind its attention, class token included; the last is what `tokens.used` reports. */
  readonly layerTokens: readonly number[]
  /** With `trace` only. */
  readonly trace?: PatchTrace
}

/** What became of the patches of one image, each list in raster order. */
export type PatchTrace = {
  /** Behind each layer: the position of the patch's token, the class token being 0, or -1 when it was dropped. */
  readonly layers: readonly (readonly number[])[]
  /** The visual word the patch matched, -1 for none; undefined where the method knows no words. */
  readonly words?: readonly number[]
}

export class VisionRunner {
  private constructor(
    readonly folder: ModelFolder,
    readonly spec: MethodSpec,
    private readonly seed: number,
    private readonly session: Session,
    private readonly words: UnitWords | undefined,
    /** The int8 weights it runs on; undefined without `q8`. */
    readonly quantized: QuantizedModel | undefined,
  ) {}

  static async open(folder: ModelFolder, options: VisionOptions): Promise<VisionRunner> {
    const {spec, trace = false, seed = 0} = options
    const words = spec.steps.some((step) => step.usesVocabulary)
      ? (await openWords(folder, options.vocab)).unitWords
      : undefined
    const device = deviceFor(spec, options.device)
    const quantized = spec.steps.some((step) => step.linear) ? await openQuantized(folder, options) : undefined
    const weights = quantized?.weights ?? folder.weights
    const session = await openOnDevice(
      (dialect) => writeVision(folder, weights, {dialect, trace, ...graphPieces(spec)}),
      {...options, device},
    )
    return new VisionRunner(folder, spec, seed, session, words, quantized)
  }

  get device(): Device {
    return this.session.device
  }

  /** Patches of an image plus the class token: what the model takes without any method. */
  get tokensFull(): number {
    return this.patchCount + 1
  }

  /**
   * @param pixels float32 `[B, 3, size, size]`.
   * @param images place of each image in the whole call.
   * @throws {ModelError} the model computes what is not a number, because its weights hold such values.
   */
  async run(pixels: Tensor, images: readonly number[]): Promise<ImageFeatures[]> {
    return (await this.runWhole(pixels, images)).features
  }

  /** The same with all that the graph gave for the whole batch. */
  async runWhole(pixels: Tensor, images: readonly number[]): Promise<{features: ImageFeatures[]; outputs: Outputs}> {
    const batch = pixels.dims[0]!
    const call = {geometry: geometryOf(this.folder), images, seed: this.seed, words: this.words}
    const settings = this.spec.steps.map((step) => step.inputs(call))
    const outputs = await this.session.run({pixel_values: pixels, ...Object.assign({}, ...settings)})
    const embeddings = outputs.image_embeds!.data as Float32Array
    if (!embeddings.every(Number.isFinite)) await explainNonFinite(this.folder)
    const width = outputs.image_embeds!.dims[1]!
    const features = Array.from({length: batch}, (_, image) => ({
      embedding: embeddings.slice(image * width, (image + 1) * width),
      layerTokens: rowOf(outputs.layer_tokens!, image),
      ...(outputs.patch_token ? {trace: traceOf(outputs, image)} : {}),
    }))
    return {features, outputs}
  }

  async release(): Promise<void> {
    await this.session.release()
  }

  private get patchCount(): number {
    return geometryOf(this.folder).patchCount
  }
}

function traceOf({patch_token, patch_word}: Outputs, image: number): PatchTrace {
  const [, layers, patches] = patch_token!.dims as [number, number, number]
  const flat = rowOf(patch_token!, image)
  return {
    layers: Array.from({length: layers}, (_, layer) => flat.slice(layer * patches, (layer + 1) * patches)),
    ...(patch_word ? {words: rowOf(patch_word, image)} : {}),
  }
}

/** The numbers of one image. */
function rowOf({data, dims}: Tensor, image: number): number[] {
  const length = data.length / dims[0]!
  return Array.from(data.slice(image * length, (image + 1) * length), Number)
}

/** What the steps of a spec write into a vision graph. */
export function graphPieces({
  steps,
}: Pick<MethodSpec, 'steps'>): Pick<VisionPieces, 'select' | 'group' | 'merging' | 'linear'> {
  return {
    select: steps.flatMap((step) => step.select ?? []),
    group: steps.find((step) => step.group)?.group,
    merging: steps.find((step) => step.merging)?.merging,
    linear: steps.find((step) => step.linear)?.linear,
  }
}

/**
 * Integer products exist on the processor alone; elsewhere every one of them would travel there and back.
 * @throws {UsageError} another device was asked for by name.
 */
function deviceFor({steps, text}: MethodSpec, device: DeviceChoice = 'auto'): DeviceChoice {
  const step = steps.find(({linear}) => linear)
  if (!step || device === 'cpu') return device
  if (device === 'auto') return 'cpu'
  throw new UsageError(
    `The method ${text} should run on cpu, where integer products are fast, but is sent to ${device}.`,
    {
      code: 'method-device',
      suggestions: [
        `Use --device cpu, or --method ${
          steps
            .filter((other) => other !== step)
            .map(({spec}) => spec)
            .join('+') || 'base'
        }.`,
      ],
    },
  )
}

export function geometryOf({config: {vision}}: Pick<ModelFolder, 'config'>): EncoderGeometry {
  const {imageSize, patchSize, layers, width, mlpWidth} = vision
  return {patchCount: (imageSize / patchSize) ** 2, patchLength: 3 * patchSize ** 2, layers, width, mlpWidth}
}
