/** A vision tower with a method in it: batches of pixels in, embeddings, token counts and the trace out. */
import type {Tensor} from '../base/tensor.js'
import type {MethodSpec} from '../methods/spec.js'
import {writeClipVision} from '../models/clip.js'
import type {ModelFolder} from '../models/folder.js'
import type {Device, Session} from '../runtime/session.js'
import {type DeviceOptions, openOnDevice} from './device.js'
import {explainNonFinite} from './non-finite.js'

export type VisionOptions = DeviceOptions & {
  readonly spec: MethodSpec
  /** Also asks for the token of every patch. */
  readonly trace?: boolean
  readonly seed?: number | undefined
}

/** What one image became. */
export type ImageFeatures = {
  /** `[projection]`, not normalised. */
  readonly embedding: Float32Array
  /** Tokens of each layer, behind its attention, class token included; the last is what `tokens.used` reports. */
  readonly layerTokens: readonly number[]
  /** For every patch in raster order the position of its token, -1 when dropped; with `trace` only. */
  readonly patchToken?: readonly number[]
}

export class VisionRunner {
  private constructor(
    readonly folder: ModelFolder,
    readonly spec: MethodSpec,
    private readonly seed: number,
    private readonly session: Session,
  ) {}

  static async open(folder: ModelFolder, options: VisionOptions): Promise<VisionRunner> {
    const {spec, trace = false, seed = 0} = options
    const select = spec.steps.flatMap((step) => step.select ?? [])
    const session = await openOnDevice(
      (dialect) => writeClipVision(folder.weights, folder.config, {dialect, select, trace}),
      options,
    )
    return new VisionRunner(folder, spec, seed, session)
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
    const batch = pixels.dims[0]!
    const call = {patchCount: this.patchCount, images, seed: this.seed}
    const settings = this.spec.steps.map((step) => step.inputs(call))
    const outputs = await this.session.run({pixel_values: pixels, ...Object.assign({}, ...settings)})
    const embeddings = outputs.image_embeds!.data as Float32Array
    if (!embeddings.every(Number.isFinite)) await explainNonFinite(this.folder)
    const width = outputs.image_embeds!.dims[1]!
    const counts = outputs.layer_tokens!.data
    const layers = outputs.layer_tokens!.dims[1]!
    return Array.from({length: batch}, (_, image) => {
      const trace = outputs.patch_token?.data.slice(image * this.patchCount, (image + 1) * this.patchCount)
      return {
        embedding: embeddings.slice(image * width, (image + 1) * width),
        layerTokens: Array.from(counts.slice(image * layers, (image + 1) * layers), Number),
        ...(trace ? {patchToken: Array.from(trace, Number)} : {}),
      }
    })
  }

  async release(): Promise<void> {
    await this.session.release()
  }

  private get patchCount(): number {
    const {imageSize, patchSize} = this.folder.config.vision
    return (imageSize / patchSize) ** 2
  }
}
