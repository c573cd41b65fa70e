/** Many images on their way to patches: decoded ahead on other threads, in the order they were named, cut by the step. */
import {BugError, messageOf, VwtError} from '../../base/errors.js'
import {mixSeed, seededRandom} from '../../base/random.js'
import {planRandomCrop} from '../../image/crop.js'
import type {DecodedImage} from '../../image/decode.js'
import {planGeometry} from '../../image/geometry.js'
import type {ImageProcessor} from '../../image/processor.js'
import {decodeView} from '../../image/view.js'
import {openSession, type Session} from '../../runtime/session.js'
import {buildPatchGraph} from '../../vocab/graphs.js'
import type {ImageInput} from '../images.js'

/** One look at one image. */
export type View = {
  readonly image: ImageInput
  /** Place of the image in the list. */
  readonly place: number
  /** Undefined: the model's own view. Otherwise the seed of a random crop. */
  readonly cropSeed?: number | undefined
}

export type ReadView = {readonly view: View} & (
  | {/** RGB bytes `[side, side, 3]`. */ readonly pixels: Uint8Array}
  | {/** Why there are none. */ readonly message: string}
)

export type PatchStreamOptions = {
  /** Side of a patch; the processor's output is a square and a multiple of it. */
  readonly patchSize: number
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
  readonly threads?: number | undefined
}

/** Views decoded ahead, about as many as a step has: the decoders go on while a step is computed. 20 MB at 224 pixels. */
const AHEAD = 128
/** Images decoded at once, twice as many as the decoder has threads; whole files and photos are in memory only here. */
const DECODING = 8

/** Views cut at once: what they take fits the processor's cache. A step at once takes twice the time, and new memory. */
const CUTTING = 4

/** Decodes and cuts images; open until released. */
export class PatchStream {
  /** The patches of a step, in the same place for every step. */
  private room = new Float32Array(0)

  private constructor(
    private readonly processor: ImageProcessor,
    private readonly options: PatchStreamOptions,
    private readonly cutting: Session,
  ) {}

  static async open(processor: ImageProcessor, options: PatchStreamOptions): Promise<PatchStream> {
    const {mean: imageMean, std: imageStd, output} = processor
    const graph = buildPatchGraph({patchSize: options.patchSize, imageMean, imageStd}, output.width)
    const threads = options.threads === undefined ? {} : {threads: options.threads}
    return new PatchStream(processor, options, await openSession(graph, threads))
  }

  /** The pixels of each view in the order of the views; an unreadable image gives its reason instead. */
  async *read(views: Iterable<View>): AsyncGenerator<ReadView> {
    const waiting: {view: View; decoded: Promise<DecodedImage | string>}[] = []
    const source = views[Symbol.iterator]()
    const slots = new Slots(DECODING)
    const fill = () => {
      while (waiting.length < AHEAD) {
        const {value: view, done} = source.next()
        if (done) return
        waiting.push({view, decoded: slots.run(() => this.decode(view))})
      }
    }
    for (fill(); waiting.length > 0; fill()) {
      const {view, decoded} = waiting.shift()!
      const image = await decoded
      fill() // The decoders work while this view is learned from.
      yield typeof image === 'string' ? {view, message: image} : {view, pixels: image.data}
    }
  }

  /**
   * @param views RGB bytes `[count, side, side, 3]`.
   * @returns `[count · patches of a view, 3 · P · P]`, normalised; overwritten by the next call.
   */
  async cut(views: Uint8Array): Promise<Float32Array> {
    const {width: side} = this.processor.output
    const viewLength = 3 * side ** 2
    if (this.room.length < views.length) this.room = new Float32Array(views.length)
    for (let from = 0; from < views.length; from += CUTTING * viewLength) {
      const data = views.subarray(from, from + CUTTING * viewLength)
      const dims = [data.length / viewLength, side, side, 3]
      const {patches} = await this.cutting.run({views: {type: 'uint8', dims, data}})
      this.room.set(patches!.data as Float32Array, from)
    }
    return this.room.subarray(0, views.length)
  }

  async release(): Promise<void> {
    await this.cutting.release()
  }

  /** The view, or why the image cannot be read. Never rejects for that reason: nobody may be waiting for it yet. */
  private async decode({image, cropSeed}: View): Promise<DecodedImage | string> {
    const {maxPixels} = this.options
    const plan = (width: number, height: number) => {
      const own = planGeometry(this.processor, width, height, image.path)
      return cropSeed === undefined ? own : planRandomCrop(own, seededRandom(cropSeed))
    }
    try {
      const options = {name: image.path, ...(maxPixels === undefined ? {} : {maxPixels})}
      return await decodeView(image.bytes ?? image.path, plan, options)
    } catch (error) {
      return reasonOf(error)
    }
  }
}

/** Lets so many pieces of work run at once; the others wait in the order they came. */
class Slots {
  private readonly waiting: (() => void)[] = []

  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.free += 1
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
