/**
 * How long sequences get: the tokens that enter the encoder, for several vocabularies and thresholds over several sets
 * of images. This is Table 1 of the VWT paper (Gee et al., TMLR 2025, arXiv 2411.15397), over any images and words.
 */
import {InterruptedError, UsageError} from '../base/errors.js'
import type {Tensor} from '../base/tensor.js'
import type {PaperKind} from '../image/paper.js'
import {type MethodSpec, parseMethodSpec} from '../methods/spec.js'
import {type Spread, spreadOf} from '../metrics/spread.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import {writeTokenCount} from '../models/token-count.js'
import {openSession, type Session} from '../runtime/session.js'
import {type FailedImage, isFailed, loadOrFail} from './batches.js'
import {batchPixels, chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
import {geometryOf, graphPieces} from './vision.js'
import {openWords, type VisualWords} from './words.js'

export type LengthOptions = {
  /** Name or folder; default `mini`. Gives the patches and the pixel space; its weights are not read. */
  readonly model?: string
  /** Method specs that end before the encoder; default `inter:0.1`. */
  readonly methods?: readonly string[]
  /** Names or files of vocabularies; default `photos-100` and `photos-1000`. */
  readonly vocabs?: readonly string[]
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  /** What `preprocess: 'paper'` does to the images; default `classify`. */
  readonly paperKind?: PaperKind | undefined
  /** Seed of methods that draw. */
  readonly seed?: number
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
}

/** One vocabulary with one method; without words for methods that know none. */
export type LengthRow = {
  readonly method: string
  readonly vocab: string | null
  /** Words of the vocabulary. */
  readonly words: number | null
  /** What the words were learned from, as the vocabulary says. */
  readonly source: string | null
}

/** One image; `lengths` has the tokens, class token included, of each row. */
export type CountedImage = {readonly path: string; readonly lengths: readonly number[]}

export type ImageSet = {readonly name: string; readonly images: readonly (CountedImage | FailedImage)[]}

export type TokenLengths = {
  readonly model: string
  /** Tokens without any method: patches and class token. */
  readonly full: number
  readonly sets: readonly {
    readonly name: string
    /** Images that could be read. */
    readonly images: number
    readonly failed: readonly FailedImage[]
  }[]
  readonly rows: readonly (LengthRow & {
    /** In the order of `sets`; null for a set without a readable image. */
    readonly lengths: readonly {readonly set: string; readonly tokens: Spread | null}[]
  })[]
}

export const DEFAULT_LENGTH_METHODS = ['inter:0.1']
export const DEFAULT_LENGTH_VOCABULARIES = ['photos-100', 'photos-1000']

/**
 * Opens vocabularies for counting. Words and thresholds are inputs of one small graph, so each image is decoded once
 * whatever the number of rows.
 *
 * @throws {UsageError} a method acts in the encoder or behind.
 * @throws {ModelError} the model or a vocabulary is missing, damaged, or they do not fit each other.
 */
export async function loadLengthCounter(options: LengthOptions = {}): Promise<LengthCounter> {
  const specs = (options.methods ?? DEFAULT_LENGTH_METHODS).map(parseMethodSpec)
  for (const spec of specs) checkEndsBeforeEncoder(spec)
  const location = await findModel(options.model ?? 'mini')
  const folder = await readModelFolder(location.path, {name: location.name})
  const processor = chooseProcessor(folder, options.preprocess ?? 'model', options.paperKind)
  const vocabularies: VisualWords[] = []
  if (specs.some(usesWords)) {
    for (const vocab of options.vocabs ?? DEFAULT_LENGTH_VOCABULARIES) vocabularies.push(await openWords(folder, vocab))
  }
  const {threads} = options
  const sessions = new Map<string, Session>()
  for (const spec of specs) {
    if (sessions.has(spec.structure)) continue
    const graph = writeTokenCount(folder.config.vision, graphPieces(spec))
    sessions.set(spec.structure, await openSession(graph, threads === undefined ? {} : {threads}))
  }
  const rows = [
    ...specs.filter((spec) => !usesWords(spec)).map((spec) => ({spec})),
    ...vocabularies.flatMap((words) => specs.filter(usesWords).map((spec) => ({spec, words}))),
  ]
  return new LengthCounter(folder, await PixelLoader.open(processor, options), rows, sessions, options.seed ?? 0)
}

type Row = {readonly spec: MethodSpec; readonly words?: VisualWords}

export class LengthCounter {
  constructor(
    private readonly folder: ModelFolder,
    private readonly loader: PixelLoader,
    private readonly pairs: readonly Row[],
    /** By the structure of the spec. */
    private readonly sessions: ReadonlyMap<string, Session>,
    private readonly seed: number,
  ) {}

  get model(): string {
    return this.folder.name
  }

  get rows(): readonly LengthRow[] {
    return this.pairs.map(({spec, words}) => ({
      method: spec.text,
      vocab: words?.vocab ?? null,
      words: words?.wordCount ?? null,
      source: words?.source ?? null,
    }))
  }

  /**
   * Counts the tokens of each image for every row, in order.
   * @throws {InterruptedError} the signal was aborted; what was yielded before is complete.
   */
  async *count(
    images: readonly (ImageInput | string)[],
    {signal}: {readonly signal?: AbortSignal} = {},
  ): AsyncGenerator<CountedImage | FailedImage> {
    for (const [place, image] of images.entries()) {
      if (signal?.aborted) throw new InterruptedError()
      const input = typeof image === 'string' ? {path: image} : image
      const loaded = await loadOrFail(this.loader, input)
      if (isFailed(loaded)) {
        yield loaded
        continue
      }
      const pixels = batchPixels([loaded.pixels], this.folder.config.vision.imageSize)
      const lengths: number[] = []
      for (const row of this.pairs) lengths.push(await this.lengthOf(row, pixels, place))
      yield {path: input.path, lengths}
    }
  }

  /** The table for results gathered from `count`. */
  tabulate(sets: readonly ImageSet[]): TokenLengths {
    const counted = sets.map(({images}) => images.flatMap((image) => (isFailed(image) ? [] : [image.lengths])))
    return {
      model: this.model,
      full: geometryOf(this.folder).patchCount + 1,
      sets: sets.map(({name, images}, set) => ({
        name,
        images: counted[set]!.length,
        failed: images.filter(isFailed),
      })),
      rows: this.rows.map((row, index) => ({
        ...row,
        lengths: sets.map(({name}, set) => ({
          set: name,
          tokens: spreadOf(counted[set]!.map((lengths) => lengths[index]!)),
        })),
      })),
    }
  }

  async release(): Promise<void> {
    await Promise.all([this.loader.release(), ...[...this.sessions.values()].map((session) => session.release())])
  }

  private async lengthOf({spec, words}: Row, pixels: Tensor, place: number): Promise<number> {
    const call = {geometry: geometryOf(this.folder), images: [place], seed: this.seed, words: words?.unitWords}
    const settings = spec.steps.map((step) => step.inputs(call))
    const session = this.sessions.get(spec.structure)!
    const {tokens} = await session.run({pixel_values: pixels, ...Object.assign({}, ...settings)})
    return Number(tokens!.data[0])
  }
}

function usesWords({steps}: MethodSpec): boolean {
  return steps.some((step) => step.usesVocabulary)
}

function checkEndsBeforeEncoder({text, steps}: MethodSpec): void {
  const before = steps.filter(({method}) => method.part === 'tokenisation')
  const late = steps.find((step) => !before.includes(step))
  if (!late) return
  throw new UsageError(
    `Lengths are those of the sequence that enters the encoder, so methods should end before it, but ${late.spec} in ${text} does not.`,
    {
      code: 'method-in-encoder',
      suggestions: [
        ...(before.length > 0 ? [`--method ${before.map(({spec}) => spec).join('+')}`] : []),
        `vwt tokenize --method ${text} tells the tokens of every layer.`,
      ],
    },
  )
}
