/** What pictures are drawn from: photos with the trace that the graph returned for them, counts and samples of words. */
import {ImageError, InterruptedError, messageOf, UsageError} from '../base/errors.js'
import {type DecodedImage, decodeImage} from '../image/decode.js'
import type {Geometry} from '../image/geometry.js'
import type {MethodSpec} from '../methods/spec.js'
import {parseMethodSpec} from '../methods/spec.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import {type BatchOptions, type FailedImage, isFailed} from './batches.js'
import {batchPixels, chooseProcessor, type ImageInput, PixelLoader} from './images.js'
import {type LabelOptions, type LabelScore, LabelScorer} from './label-scores.js'
import type {TokenizationOptions} from './tokenize.js'
import {type ImageFeatures, type PatchTrace, VisionRunner} from './vision.js'
import {DEFAULT_VOCABULARY} from './words.js'

/** What a picture shows. */
export const PICTURE_KINDS = ['match', 'drop', 'merge', 'compare', 'words', 'frequency'] as const
export type PictureKind = (typeof PICTURE_KINDS)[number]

/** The method a kind is drawn with when none is named. */
const KIND_METHODS: Readonly<Record<PictureKind, readonly string[]>> = {
  match: ['inter'],
  drop: ['intra'],
  merge: ['tome'],
  compare: ['base', 'intra', 'inter', 'tome'],
  words: ['inter'],
  frequency: ['inter'],
}

export type PicturePlan = {readonly kind: PictureKind; readonly methods: readonly MethodSpec[]}

/**
 * Decides what is drawn and with which methods: either one follows from the other, with neither it is `match`.
 *
 * @param methods method specs; more than one only for `compare`.
 * @throws {UsageError} `kind-method`: the method does nothing that this kind could show.
 */
export function planPicture(kind?: PictureKind, methods: readonly string[] = []): PicturePlan {
  const specs = methods.map(parseMethodSpec)
  const chosen = kind ?? kindFor(specs)
  if (specs.length === 0) return {kind: chosen, methods: KIND_METHODS[chosen].map(parseMethodSpec)}
  if (chosen === 'compare') return {kind: chosen, methods: specs}
  if (specs.length > 1) {
    throw new UsageError(`The kind ${chosen} shows one method, but ${specs.length} are named.`, {
      code: 'kind-method',
      suggestions: ['--kind compare shows one picture for each method.'],
    })
  }
  if (SHOWS[chosen].test(specs[0]!)) return {kind: chosen, methods: specs}
  const fitting = kindFor(specs)
  throw new UsageError(
    `The kind ${chosen} shows ${SHOWS[chosen].what}, but ${specs[0]!.text} ${SHOWS[chosen].lacks}.`,
    {
      code: 'kind-method',
      suggestions: [
        `--kind ${chosen} --method ${KIND_METHODS[chosen][0]}`,
        ...(SHOWS[fitting].test(specs[0]!) ? [`--kind ${fitting} --method ${specs[0]!.text}`] : []),
      ],
    },
  )
}

type Showing = {readonly what: string; readonly lacks: string; readonly test: (spec: MethodSpec) => boolean}

const DROPS: Showing = {
  what: 'patches that were dropped',
  lacks: 'drops none',
  test: ({steps}) => steps.some((step) => step.select),
}
const MERGES: Showing = {
  what: 'patches that became one token',
  lacks: 'merges none',
  test: ({steps}) => steps.some((step) => step.group || step.merging),
}
const MATCHES: Showing = {
  what: 'patches that match visual words',
  lacks: 'knows no words',
  test: ({steps}) => steps.some((step) => step.usesVocabulary),
}
const SHOWS: Readonly<Record<PictureKind, Showing>> = {
  match: MATCHES,
  words: MATCHES,
  frequency: MATCHES,
  drop: DROPS,
  merge: MERGES,
  compare: {what: 'methods side by side', lacks: 'is none', test: () => true},
}

function kindFor(specs: readonly MethodSpec[]): PictureKind {
  if (specs.length > 1) return 'compare'
  const [spec] = specs
  if (!spec || MATCHES.test(spec)) return 'match'
  return MERGES.test(spec) ? 'merge' : DROPS.test(spec) ? 'drop' : 'compare'
}

export type ViewerOptions = Omit<TokenizationOptions, 'method'> &
  LabelOptions & {
    /** See `planPicture`. */
    readonly kind?: PictureKind | undefined
    readonly methods?: readonly string[] | undefined
  }

/** One method's run over one photo. */
export type MethodView = {
  /** Canonical spec. */
  readonly method: string
  readonly trace: PatchTrace
  readonly tokens: {readonly full: number; readonly used: number; readonly perLayer: readonly number[]}
  /** Milliseconds in the model; for `compare` the median of five runs behind a first one. */
  readonly inferMs: number
  /** The best label; for `compare` only. */
  readonly label?: LabelScore
}

/** A photo as it was decoded, what the model saw of it, and what each method did. */
export type ViewedPhoto = {
  readonly path: string
  readonly photo: DecodedImage
  readonly geometry: Geometry
  /** Side of a patch in pixels of the model's input. */
  readonly patchPx: number
  /** The model's input, normalised, `[3, size, size]`. */
  readonly pixels: Float32Array
  readonly views: readonly MethodView[]
}

/**
 * Opens a model for drawing what methods do.
 *
 * @throws {UsageError} the kind, methods or labels are wrong.
 * @throws {ModelError} the model or vocabulary is missing or damaged.  @throws {DeviceError} the device does not open.
 */
export async function loadPatchViewer(options: ViewerOptions = {}): Promise<PatchViewer> {
  const plan = planPicture(options.kind, options.methods)
  const location = await findModel(options.model ?? 'mini')
  const folder = await readModelFolder(location.path, {name: location.name})
  const processor = chooseProcessor(folder, options.preprocess ?? 'model')
  const scorer = plan.kind === 'compare' ? await LabelScorer.open(folder, options) : undefined
  const runners: VisionRunner[] = []
  try {
    for (const spec of plan.methods) runners.push(await VisionRunner.open(folder, {...options, spec, trace: true}))
    const loader = await PixelLoader.open(processor, options)
    const usesWords = plan.methods.some(MATCHES.test)
    return new PatchViewer(
      plan,
      folder,
      runners,
      loader,
      usesWords ? (options.vocab ?? DEFAULT_VOCABULARY) : null,
      scorer,
    )
  } catch (error) {
    await Promise.all(runners.map((runner) => runner.release()))
    throw error
  }
}

/** Runs timed for `compare`, behind one that warms up. */
const TIMED_RUNS = 5

export class PatchViewer {
  constructor(
    readonly plan: PicturePlan,
    readonly folder: ModelFolder,
    private readonly runners: readonly VisionRunner[],
    private readonly loader: PixelLoader,
    /** Name of the vocabulary; null when no method knows words. */
    readonly vocab: string | null,
    private readonly scorer: LabelScorer | undefined,
  ) {}

  get kind(): PictureKind {
    return this.plan.kind
  }

  /** Layers of the encoder. */
  get layers(): number {
    return this.folder.config.vision.layers
  }

  get normalization(): {readonly mean: readonly number[]; readonly std: readonly number[]} {
    return this.loader.processor
  }

  /**
   * Photos one after the other; each is decoded once and only one is held.
   * @throws {InterruptedError} the signal was aborted; what was yielded before is complete.
   */
  async *view(
    images: readonly (ImageInput | string)[],
    {signal}: Pick<BatchOptions, 'signal'> = {},
  ): AsyncGenerator<ViewedPhoto | FailedImage> {
    for (const [place, image] of images.entries()) {
      if (signal?.aborted) throw new InterruptedError()
      const input = typeof image === 'string' ? {path: image} : image
      const loaded = await this.load(input)
      if (isFailed(loaded)) yield loaded
      else yield {...loaded, views: await this.runAll(loaded.pixels, place)}
    }
  }

  async release(): Promise<void> {
    await Promise.all([...this.runners, this.loader].map((open) => open.release()))
  }

  private async load({path, bytes}: ImageInput): Promise<Omit<ViewedPhoto, 'views'> | FailedImage> {
    try {
      const {maxPixels} = this.loader
      const photo = await decodeImage(bytes ?? path, {name: path, ...(maxPixels === undefined ? {} : {maxPixels})})
      const {pixels, geometry} = await this.loader.prepare(photo)
      return {path, photo, geometry, pixels, patchPx: this.folder.config.vision.patchSize}
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      const {code, suggestions} = error
      return {path, error: {code, message: messageOf(error), suggestions}}
    }
  }

  private async runAll(pixels: Float32Array, place: number): Promise<MethodView[]> {
    const views: MethodView[] = []
    for (const runner of this.runners) {
      const {features, ms} = await runTimed(runner, pixels, place, this.kind === 'compare' ? TIMED_RUNS : 0)
      const perLayer = features.layerTokens
      const label = this.scorer?.score(features.embedding)[0]
      views.push({
        method: runner.spec.text,
        trace: features.trace!,
        tokens: {full: runner.tokensFull, used: perLayer.at(-1)!, perLayer},
        inferMs: ms,
        ...(label ? {label} : {}),
      })
    }
    return views
  }
}

/** @param again runs behind the first; their median time counts, without any the first one's. */
async function runTimed(
  runner: VisionRunner,
  pixels: Float32Array,
  place: number,
  again: number,
): Promise<{features: ImageFeatures; ms: number}> {
  const batch = batchPixels([pixels], runner.folder.config.vision.imageSize)
  const run = async () => {
    const start = performance.now()
    const [features] = await runner.run(batch, [place])
    return {features: features!, ms: performance.now() - start}
  }
  const first = await run()
  const times: number[] = []
  for (let count = 0; count < again; count += 1) times.push((await run()).ms)
  return {features: first.features, ms: times.sort((a, b) => a - b)[times.length >> 1] ?? first.ms}
}
