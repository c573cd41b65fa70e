/** Methods side by side, on the same images in the same run: tokens, time, accuracy, each held against base. */
import {readFileSync} from 'node:fs'
import {checkCount, checkNumber} from '../base/check.js'
import {ImageError, InterruptedError, messageOf, UsageError, VwtError} from '../base/errors.js'
import {decodeImage} from '../image/decode.js'
import {type ModelFolder, readModelFolder} from '../models/folder.js'
import {findModel} from '../models/library.js'
import type {Device} from '../runtime/session.js'
import {runtimeVersion} from '../runtime/version.js'
import {openVocabulary} from '../vocab/vocabulary.js'
import {hashFiles} from '../weights/fingerprint.js'
import type {FailedImage} from './batches.js'
import {disturbances} from './bench-disturbance.js'
import {parseGate} from './bench-gate.js'
import {checkGates, checkGatesMeasured, type GateResult} from './bench-gates.js'
import {type PlannedMethod, planMethods} from './bench-plan.js'
import {type BenchRow, benchRows} from './bench-rows.js'
import {type BenchSet, pickImages} from './bench-set.js'
import {openBenchSet} from './bench-source.js'
import {type ProgressCallback, Steps} from './bench-steps.js'
import type {Suite} from './bench-suites.js'
import {findReadable, PixelStore, type Survey, surveyImages} from './bench-survey.js'
import {type Stages, type TurnSamples, timeBlocks} from './bench-timing.js'
import type {DeviceChoice} from './device.js'
import {chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from './images.js'
import {LabelScorer} from './label-scores.js'
import {describeMachine, type Machine} from './machine.js'
import {VisionRunner} from './vision.js'
import {DEFAULT_VOCABULARY} from './words.js'

export type BenchOptions = {
  /** Name or folder; default `mini`. */
  readonly model?: string
  /** Specs, or `all`; `base` is always measured. */
  readonly methods?: readonly string[]
  /** Such as `intra=0.1:0.9:0.2`. */
  readonly sweeps?: readonly string[]
  /** Images without labels: time and tokens. One of `images`, `data` and `suite`; default the suite `scenes`. */
  readonly images?: readonly (ImageInput | string)[] | undefined
  /** Folder of classes, CSV or JSONL. */
  readonly data?: string | undefined
  readonly suite?: Suite | undefined
  /** Labels to choose from; default those of the data, for images the model's own. */
  readonly labels?: readonly string[] | undefined
  /** `{}` stands for the label; default: the model's own, else `a photo of a {}`. */
  readonly prompt?: string | undefined
  /** Images used at most, drawn by the seed; of a suite, images drawn. */
  readonly limit?: number | undefined
  /** Images in one run, each size a row; default 1. */
  readonly batches?: readonly number[]
  /** Timed runs of each method and batch size at least; default 10. */
  readonly runs?: number
  /** Seconds of timed runs at least, for the encoder alone and once more from file to label; default 3. */
  readonly seconds?: number
  /** Runs before the timed ones, in each block; default 3. */
  readonly warmup?: number
  /** Conditions such as `accuracy.drop<=1`, for every method but base; see `gates` of the result. */
  readonly require?: readonly string[]
  /** Of the order, the intervals, the suite, the limit, and of methods that draw. */
  readonly seed?: number
  readonly vocab?: string | undefined
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: (message: string) => void
  /** Told after each step of `total`, and what it was. */
  readonly onProgress?: ProgressCallback
}

export type Bench = {
  readonly machine: Machine
  readonly versions: {readonly vwt: string; readonly onnxruntime: string; readonly node: string}
  readonly model: string
  /** Of the bytes of all weight files. */
  readonly modelSha256: string
  readonly device: Device
  /** Null when no method uses words. */
  readonly vocab: string | null
  readonly vocabSha256: string | null
  readonly data: {
    readonly name: string
    readonly images: number
    readonly failed: readonly FailedImage[]
    readonly labels: readonly string[] | null
  }
  readonly settings: {
    readonly runs: number
    readonly seconds: number
    readonly warmup: number
    /** Blocks that were completed; in each every method has one turn, in random order. */
    readonly blocks: number
    readonly seed: number
    readonly threads: number
    readonly preprocess: Preprocess
  }
  readonly rows: readonly BenchRow[]
  readonly gates: readonly GateResult[]
  /** Present when the work was stopped before all blocks were done. */
  readonly incomplete?: true
  /** Every timed run. */
  readonly samples: readonly TurnSamples[]
}

const MOST_BLOCKS = 10
const NO_ENERGY = 'Power and energy were not measured: this version of vwt reads no meter. They are null, not 0.'

/**
 * Measures methods against base. Accuracy and tokens come first, image by image; then time, in randomised blocks (see
 * `timeBlocks`). Gates that are missed do not throw: they are in the result.
 *
 * @throws {UsageError} the request is wrong.  @throws {ModelError} model or vocabulary are missing or damaged.
 * @throws {DeviceError} the device does not open.  @throws {ImageError} no image can be read.
 * @throws {InterruptedError} stopped before the first block was complete.
 */
export async function runBench(options: BenchOptions = {}): Promise<Bench> {
  const {runs = 10, seconds = 3, warmup = 3, batches = [1], seed = 0, signal} = options
  checkSettings({runs, seconds, warmup, batches})
  const planned = planMethods(options.methods ?? [], options.sweeps)
  const gates = (options.require ?? []).map(parseGate)
  const location = await findModel(options.model ?? 'mini')
  const folder = await readModelFolder(location.path, {name: location.name})
  const processor = chooseProcessor(folder, options.preprocess ?? 'model')
  const set = await openBenchSet(options)
  checkGatesMeasured(gates, set)
  const scorers: LabelScorer[] = []
  for (const {labels, prompt} of set.tasks) scorers.push(await LabelScorer.open(folder, {...options, labels, prompt}))
  const head = scorers[0] ?? (await ownScorer(folder, options))
  const loader = await PixelLoader.open(processor, options)
  try {
    const stages: Stages = {
      decode: ({path, bytes}) => decodeImage(bytes ?? path, decodeOptions(path, options.maxPixels)),
      prepare: async (decoded) => (await loader.prepare(decoded)).pixels,
      head: head && ((embedding) => head.score(embedding)),
      sizePx: folder.config.vision.imageSize,
    }
    const blocks = Math.min(MOST_BLOCKS, runs)
    const steps = new Steps(planned.length, set.images.length, blocks, options.onProgress)
    const surveyed = await surveyAll(folder, set, {planned, scorers, loader, steps}, options)
    const {methods, places, failed} = surveyed
    const samples: TurnSamples[] = []
    const timing = {
      batches,
      blocks,
      runsPerTurn: Math.ceil(runs / blocks),
      turnMs: (1000 * seconds) / blocks,
      warmup,
      seed,
    }
    const contestants = methods.map(({spec, method}) => ({
      method,
      open: () => VisionRunner.open(folder, {...options, onWarning: undefined, spec, seed}),
    }))
    const placed = places.map((place) => ({input: set.images[place]!, place}))
    const onTurn = (method: string, block: number) => steps.turn(method, block)
    const stopped = await keepIfStopped(samples, async () => {
      for await (const block of timeBlocks(contestants, placed, stages, timing, {signal, onTurn}))
        samples.push(...block)
    })
    const rows = benchRows(pickImages(set, places), methods, samples, {batches, seed})
    for (const text of disturbances(samples, methods[0]!.method)) options.onWarning?.(text)
    options.onWarning?.(NO_ENERGY)
    const machine = describeMachine()
    const vocab = methods.some(({spec}) => spec.steps.some((step) => step.usesVocabulary))
      ? (options.vocab ?? DEFAULT_VOCABULARY)
      : null
    return {
      machine,
      versions: {vwt: ownVersion(), onnxruntime: await runtimeVersion(), node: process.version},
      model: folder.name,
      modelSha256: await hashFiles(folder.weights.files),
      device: surveyed.device,
      vocab,
      vocabSha256: vocab === null ? null : await hashFiles([(await openVocabulary(vocab)).path]),
      data: {name: set.name, images: places.length, failed, labels: set.tasks[0]?.labels ?? null},
      settings: {
        runs,
        seconds,
        warmup,
        blocks: new Set(samples.map(({block}) => block)).size,
        seed,
        threads: options.threads ?? machine.threads.allowed,
        preprocess: options.preprocess ?? 'model',
      },
      rows,
      gates: checkGates(gates, rows),
      ...stopped,
      samples,
    }
  } finally {
    await loader.release()
  }
}

type Surveyed = {
  readonly methods: readonly (PlannedMethod & {readonly method: string; readonly survey: Survey})[]
  /** Of the images that can be read. */
  readonly places: readonly number[]
  readonly failed: readonly FailedImage[]
  readonly device: Device
}

type SurveyTools = {
  readonly planned: readonly PlannedMethod[]
  readonly scorers: readonly LabelScorer[]
  readonly loader: PixelLoader
  readonly steps: Steps
}

/** One session at a time. What `all` brought in and cannot run here is told and left out. */
async function surveyAll(
  folder: ModelFolder,
  set: BenchSet,
  {planned, scorers, loader, steps}: SurveyTools,
  options: BenchOptions,
): Promise<Surveyed> {
  const {signal, onWarning} = options
  const store = new PixelStore(loader, set.images)
  const {places, failed} = await findReadable(set, store, {signal, onImage: steps.images('images')})
  if (places.length === 0) {
    const [first] = failed
    throw new ImageError(`No image could be read; the first of ${failed.length}: ${first!.error.message}`, first!.error)
  }
  const methods: Surveyed['methods'][number][] = []
  let device: Device = 'cpu'
  for (const {spec, isNamed} of planned) {
    let vision: VisionRunner
    try {
      vision = await VisionRunner.open(folder, {...options, spec})
    } catch (error) {
      if (isNamed || !(error instanceof VwtError)) throw error
      onWarning?.(`${spec.text} is left out: ${messageOf(error)}`)
      steps.skip()
      continue
    }
    try {
      if (methods.length === 0) device = vision.device
      const onImage = steps.images(spec.text, places.length)
      const survey = await surveyImages(vision, set, {places, store, scorers}, {signal, onImage})
      methods.push({spec, isNamed, method: spec.text, survey})
    } finally {
      await vision.release()
    }
  }
  return {methods, places, failed, device}
}

/** Of images without labels the head is timed with the model's own labels, if it has any. */
async function ownScorer(folder: ModelFolder, options: BenchOptions): Promise<LabelScorer | undefined> {
  return options.labels || folder.ownLabels ? LabelScorer.open(folder, options) : undefined
}

/** Ctrl-C keeps the blocks that are complete; without any it is as if nothing had been done. */
async function keepIfStopped(samples: readonly TurnSamples[], work: () => Promise<void>): Promise<{incomplete?: true}> {
  try {
    await work()
    return {}
  } catch (error) {
    if (!(error instanceof InterruptedError) || samples.length === 0) throw error
    return {incomplete: true}
  }
}

function checkSettings({
  runs,
  seconds,
  warmup,
  batches,
}: {
  runs: number
  seconds: number
  warmup: number
  batches: readonly number[]
}) {
  checkCount('--runs', runs, {min: 1, max: 1_000_000, unit: 'runs'})
  checkNumber('--seconds', seconds, {min: 0, max: 86_400})
  checkCount('--warmup', warmup, {min: 0, max: 10_000, unit: 'runs'})
  if (batches.length === 0)
    throw new UsageError('--batch should name at least one size, but names none.', {code: 'out-of-range'})
  for (const batch of batches) checkCount('--batch', batch, {min: 1, max: 1024, unit: 'images'})
  const twice = batches.find((batch, index) => batches.indexOf(batch) < index)
  if (twice !== undefined)
    throw new UsageError(`--batch should name each size once, but names ${twice} twice.`, {code: 'batch-duplicate'})
}

function decodeOptions(name: string, maxPixels: number | undefined) {
  return maxPixels === undefined ? {name} : {name, maxPixels}
}

/** This file is `src/core/workflows/bench.ts`, or the same under `dist`. */
function ownVersion(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version
}
