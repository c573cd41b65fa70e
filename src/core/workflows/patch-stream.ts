/** Many images on their way to patches: decoded ahead on other threads, cut in the order they were named. */
import {BugError, messageOf, VwtError} from '../base/errors.js'
import {mixSeed, seededRandom} from '../base/random.js'
import {planRandomCrop} from '../image/crop.js'
import {type DecodedImage, decodeImage} from '../image/decode.js'
import {planGeometry} from '../image/geometry.js'
import type {ImageProcessor} from '../image/processor.js'
import {buildPixelGraph, pixelInputs} from '../models/pixels.js'
import {openSession, type Session} from '../runtime/session.js'
import {buildPatchGraph} from '../vocab/graphs.js'
import type {ImageInput} from './images.js'

/** One look at one image. */
export type View = {
  readonly image: ImageInput
  /** Place of the image in the list. */
  readonly place: number
  /** Undefined: the model's own view. Otherwise the seed of a random crop. */
  readonly cropSeed?: number | undefined
}

export type ViewPatches =
  | {readonly view: View /** `[count, 3 · P · P]` */; readonly patches: Float32Array}
  | {readonly view: View /** Why there are none. */; readonly message: string}

/** As many decodes as sharp has threads, and as many images again waiting to be cut. */
const AHEAD = 8
/** Decoded pixels that may wait: large photos are decoded fewer at a time. */
const AHEAD_BYTES = 128 * 1024 * 1024

/** Decodes and cuts images; open until released. */
export class PatchStream {
  private constructor(
    private readonly processor: ImageProcessor,
    private readonly maxPixels: number | undefined,
    private readonly pixels: Session,
    private readonly cutting: Session,
  ) {}

  /** @param processor must give squares whose side is a multiple of `patchSize`. */
  static async open(
    processor: ImageProcessor,
    {patchSize, maxPixels, threads}: {patchSize: number; maxPixels?: number | undefined; threads?: number | undefined},
  ): Promise<PatchStream> {
    const options = {...(threads === undefined ? {} : {threads})}
    const pixels = await openSession(buildPixelGraph(processor), options)
    const graph = buildPatchGraph({patchSize, imageSize: processor.output.width})
    const cutting = await openSession(graph, {...options, fixedShapes: true})
    return new PatchStream(processor, maxPixels, pixels, cutting)
  }

  /** The patches of each view in the order of the views; an unreadable image gives its reason instead. */
  async *read(views: Iterable<View>): AsyncGenerator<ViewPatches> {
    const waiting: {view: View; decoded: Promise<DecodedImage | string>}[] = []
    const source = views[Symbol.iterator]()
    let ahead = AHEAD
    const fill = () => {
      while (waiting.length < ahead) {
        const {value: view, done} = source.next()
        if (done) return
        waiting.push({view, decoded: this.decode(view)})
      }
    }
    for (fill(); waiting.length > 0; fill()) {
      const {view, decoded} = waiting.shift()!
      const image = await decoded
      if (typeof image === 'string') yield {view, message: image}
      else {
        ahead = Math.max(2, Math.min(AHEAD, Math.floor(AHEAD_BYTES / image.data.length)))
        fill() // The decoders work while this image is cut.
        yield await this.cut(view, image)
      }
    }
  }

  async release(): Promise<void> {
    await Promise.all([this.pixels.release(), this.cutting.release()])
  }

  /** The image, or why it cannot be read. Never rejects for that reason: nobody may be waiting for it yet. */
  private async decode({image}: View): Promise<DecodedImage | string> {
    try {
      const options = {name: image.path, ...(this.maxPixels === undefined ? {} : {maxPixels: this.maxPixels})}
      return await decodeImage(image.bytes ?? image.path, options)
    } catch (error) {
      return reasonOf(error)
    }
  }

  private async cut(view: View, image: DecodedImage): Promise<ViewPatches> {
    try {
      const own = planGeometry(this.processor, image.width, image.height, image.path)
      const {cropSeed} = view
      const geometry = cropSeed === undefined ? own : planRandomCrop(own, seededRandom(cropSeed))
      const {pixels} = await this.pixels.run(pixelInputs(image, geometry))
      const {patches} = await this.cutting.run({pixels: pixels!})
      return {view, patches: patches!.data as Float32Array}
    } catch (error) {
      return {view, message: reasonOf(error)}
    }
  }
}

/** What is wrong with an image; what is wrong with vwt is thrown on. */
function reasonOf(error: unknown): string {
  if (error instanceof VwtError && !(error instanceof BugError)) return messageOf(error)
  throw error
}

/** What distinguishes the crops of one image. */
export function cropSeedOf(seed: number, round: number, place: number): number {
  return mixSeed(seed, 4, round, place)
}
