/** Images on their way into a model: one file or byte array becomes normalised pixels, or an error that names it. */
import {ModelError, UsageError} from '../base/errors.js'
import type {Tensor} from '../base/tensor.js'
import {type DecodedImage, decodeImage} from '../image/decode.js'
import {type Geometry, planGeometry} from '../image/geometry.js'
import {type PaperKind, paperProcessor} from '../image/paper.js'
import {type ImageProcessor, parseImageProcessor} from '../image/processor.js'
import type {ModelFolder} from '../models/folder.js'
import {buildPixelGraph, pixelInputs} from '../models/pixels.js'
import {openSession, type Session} from '../runtime/session.js'

/** One image to read: a file, or bytes that are here already (stdin, an upload) under a name of their own. */
export type ImageInput = {readonly path: string; readonly bytes?: Uint8Array}

/** The model folder's own processor, or the one of the VWT paper. */
export const PREPROCESS = ['model', 'paper'] as const
export type Preprocess = (typeof PREPROCESS)[number]

export type LoadedImage = {
  /** float32 `[3, H, W]`, normalised. */
  readonly pixels: Float32Array
  readonly geometry: Geometry
}

/** Turns images into pixels of one size; a session of its own, open until released. */
export class PixelLoader {
  private constructor(
    readonly processor: ImageProcessor,
    readonly maxPixels: number | undefined,
    private readonly session: Session,
  ) {}

  /** @param maxPixels largest image decoded, width × height; the default is the decoder's. */
  static async open(
    processor: ImageProcessor,
    {threads, maxPixels}: {threads?: number | undefined; maxPixels?: number | undefined} = {},
  ): Promise<PixelLoader> {
    const session = await openSession(buildPixelGraph(processor), {
      keepsMemory: false,
      ...(threads === undefined ? {} : {threads}),
    })
    return new PixelLoader(processor, maxPixels, session)
  }

  /** @throws {ImageError} the image cannot be read. */
  async load(image: ImageInput): Promise<LoadedImage> {
    const options = {name: image.path, ...(this.maxPixels === undefined ? {} : {maxPixels: this.maxPixels})}
    return this.prepare(await decodeImage(image.bytes ?? image.path, options))
  }

  /** The step behind decoding: resize, crop, normalise. */
  async prepare(decoded: DecodedImage): Promise<LoadedImage> {
    const geometry = planGeometry(this.processor, decoded.width, decoded.height, decoded.path)
    const {pixels} = await this.session.run(pixelInputs(decoded, geometry))
    return {pixels: pixels!.data as Float32Array, geometry}
  }

  async release(): Promise<void> {
    await this.session.release()
  }
}

/**
 * The processor a model folder asks for, or the paper's for images of a kind.
 * @param kind default: what the paper asks models of this architecture about.
 * @throws {ModelError} it gives pixels of another size than the model takes.
 */
export function chooseProcessor(
  folder: ModelFolder,
  preprocess: Preprocess,
  kind: PaperKind = folder.kind === 'blip' ? 'caption' : 'classify',
): ImageProcessor {
  const processor =
    preprocess === 'paper' ? paperProcessor(kind) : parseImageProcessor(folder.processorConfig, folder.processorFile)
  const {imageSize} = folder.config.vision
  const {width, height} = processor.output
  if (width === imageSize && height === imageSize) return processor
  if (preprocess === 'paper') {
    throw new UsageError(
      `--preprocess paper gives ${width} × ${height} pixels, but ${folder.name} takes ${imageSize} × ${imageSize}.`,
      {
        code: 'preprocess-size',
        suggestions: ['--preprocess model'],
      },
    )
  }
  throw new ModelError(
    `${folder.processorFile} gives ${width} × ${height} pixels, but the config of ${folder.name} wants ${imageSize} × ${imageSize}.`,
    {code: 'processor-size', suggestions: ['Take preprocessor_config.json and config.json from the same model.']},
  )
}

/** Joins the pixels of several images to one batch `[B, 3, size, size]`. */
export function batchPixels(images: readonly Float32Array[], size: number): Tensor {
  const length = 3 * size * size
  const data = images.length === 1 ? images[0]! : new Float32Array(images.length * length)
  if (images.length > 1) for (const [index, pixels] of images.entries()) data.set(pixels, index * length)
  return {type: 'float32', dims: [images.length, 3, size, size], data}
}
