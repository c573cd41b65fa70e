/** Methods side by side, on the same images in the same run: tokens, time, accuracy, each held against base. */
import {InterruptedError} from '../../base/errors.js'
import {decodeImage} from '../../image/decode.js'
import type {MethodSpec} from '../../methods/spec.js'
import type {ModelFolder} from '../../models/folder.js'
import {runtimeVersion} from '../../runtime/version.js'
import {openVocabulary} from '../../vocab/vocabulary.js'
import {hashFiles} from '../../weights/fingerprint.js'
import {chooseProcessor, PixelLoader} from '../images.js'
import {LabelScorer} from '../label-scores.js'
import {describeMachine} from '../machine.js'
import {ownCommit, ownVersion} from '../own-version.js'
import {checkSpiceJar} from '../spice.js'
import {VisionRunner} from '../vision.js'
import {DEFAULT_VOCABULARY} from '../words.js'
import {captionContestant, openCaptionLook, withSpice} from './captions.js'
import {disturbances} from './disturbance.js'
import {fingerprintSet, type SetFingerprint} from './fingerprint.js'
import {parseGate} from './gate.js'
import {checkGates, checkGatesMeasured} from './gates.js'
import {checkEnergyOptions, planEnergy} from './meter.js'
import {type BenchOptions, checkSettings} from './options.js'
import {outcomesOf} from './outcomes.js'
import {type PlannedMethod, planMethods} from './plan.js'
import {measurePower, powerSteps} from './power.js'
import type {Bench} from './result.js'
import {openJournal, resumable} from './resume.js'
import {benchRows} from './rows.js'
import {type BenchSet, pickImages} from './set.js'
import {Steps} from './steps.js'
import {surveyAll} from './surveys.js'
import {openSubject} from './task.js'
import {type Stages, type TurnSamples, timeBlocks} from './timing.js'

const MOST_BLOCKS = 10

/**
 * Measures methods against base. Accuracy and tokens come first, image by image; then time, in randomised blocks (see
 * `timeBlocks`), and last energy, in windows of the meter (see `measureEnergy`). Gates that are missed do not throw: they
 * are in the result.
 *
 * @throws {UsageError} the request is wrong.  @throws {ModelError} model or vocabulary are missing or damaged.
 * @throws {DeviceError} the device does not open.  @throws {ImageError} no image can be read.
 * @throws {InterruptedError} stopped before the first block was complete; the journal keeps what was done.
 */
export async function runBench(options: BenchOptions = {}): Promise<Bench> {
  const {runs = 10, seconds = 3, warmup = 3, batches = [1], seed = 0, signal} = options
  const startedAt = new Date().toISOString()
  checkSettings({runs, seconds, warmup, batches})
  checkEnergyOptions(options)
  const planned = planMethods(options.methods ?? [], options.sweeps)
  const gates = (options.require ?? []).map(parseGate)
  if (options.spiceJar !== undefined) await checkSpiceJar(options.spiceJar)
  const {task, folder, set} = await openSubject(options)
  if (task === 'caption' && !set.captions) {
    options.onWarning?.(`Nobody wrote captions of ${set.name}, so that those of the model are not scored.`)
  }
  const processor = chooseProcessor(folder, options.preprocess ?? 'model', set.paperKind)
  checkGatesMeasured(gates, set, {spice: options.spiceJar !== undefined})
  const scorers: LabelScorer[] = []
  for (const {labels, prompt} of set.tasks) scorers.push(await LabelScorer.open(folder, {...options, labels, prompt}))
  const head = task === 'caption' ? undefined : (scorers[0] ?? (await ownScorer(folder, options)))
  const hashes = await identify(folder, set, planned, options)
  const journal = await openJournal({...options, task}, planned, {...hashes, data: hashes.data.sha256})
  const loader = await PixelLoader.open(processor, options)
  try {
    const energyPlan = await planEnergy(options, gates)
    const stages: Stages = {
      decode: ({path, bytes}) => decodeImage(bytes ?? path, decodeOptions(path, options.maxPixels)),
      prepare: async (decoded) => (await loader.prepare(decoded)).pixels,
      head: head && ((embedding) => head.score(embedding)),
      sizePx: folder.config.vision.imageSize,
    }
    const blocks = Math.min(MOST_BLOCKS, runs)
    const extra = powerSteps(energyPlan, options)
    const steps = new Steps(planned.length, set.images.length, blocks, options.onProgress, extra)
    const open = task === 'caption' ? (spec: MethodSpec) => openCaptionLook(folder, spec, options) : undefined
    const surveyed = await surveyAll(folder, set, {planned, scorers, loader, steps, journal, open}, options)
    const {places, failed} = surveyed
    const methods = await withSpice(surveyed.methods, set, places, options)
    const samples: TurnSamples[] = (journal?.blocks ?? []).flat()
    const timing = {
      batches,
      blocks,
      blocksDone: journal?.blocks.length ?? 0,
      runsPerTurn: Math.ceil(runs / blocks),
      turnMs: (1000 * seconds) / blocks,
      warmup,
      seed,
    }
    const contestants = methods.map(({spec, method}) =>
      task === 'caption'
        ? captionContestant(folder, spec, options)
        : {method, open: () => VisionRunner.open(folder, {...options, onWarning: undefined, spec, seed})},
    )
    const placed = places.map((place) => ({input: set.images[place]!, place}))
    const onTurn = (method: string, block: number) => steps.turn(method, block)
    const stopped = await keepIfStopped(samples, async () => {
      for await (const block of timeBlocks(contestants, placed, stages, timing, {signal, onTurn})) {
        journal?.noteBlock(block[0]!.block, block)
        samples.push(...block)
      }
    })
    const powerSettings = {...options, batches, warmup, seconds, seed, steps}
    const power = await measurePower(energyPlan, contestants, placed, stages, samples, powerSettings)
    const {energy, protocol} = power
    const rows = benchRows(pickImages(set, places), methods, samples, {batches, seed, energy, protocol})
    for (const text of disturbances(samples, methods[0]!.method)) options.onWarning?.(text)
    if (energy.summary.reason !== null && options.energy !== false) {
      options.onWarning?.(`Power and energy were not measured, so that they are null. ${energy.summary.reason}`)
    }
    const machine = describeMachine()
    const vocab = methods.some(({spec}) => spec.steps.some((step) => step.usesVocabulary))
      ? (options.vocab ?? DEFAULT_VOCABULARY)
      : null
    return {
      startedAt,
      task,
      machine,
      versions: {vwt: ownVersion(), commit: ownCommit(), onnxruntime: await runtimeVersion(), node: process.version},
      model: folder.name,
      modelSha256: hashes.model,
      device: surveyed.device,
      vocab,
      vocabSha256: vocab === null ? null : hashes.vocab,
      data: {
        name: set.name,
        sha256: hashes.data.sha256,
        images: places.length,
        failed,
        labels: set.tasks[0]?.labels ?? null,
      },
      settings: {
        runs,
        seconds,
        warmup,
        blocks: new Set(samples.map(({block}) => block)).size,
        seed,
        threads: options.threads ?? machine.threads.allowed,
        preprocess: options.preprocess ?? 'model',
      },
      energy: energy.summary,
      rows,
      gates: checkGates(gates, rows),
      ...stopped,
      ...power.stopped,
      ...(journal?.resumed ? {resumed: journal.resumed} : {}),
      samples,
      windows: energy.samples,
      outcomes: outcomesOf(set, hashes.data.images, {places, methods}),
    }
  } catch (error) {
    throw error instanceof InterruptedError && journal ? resumable(journal) : error
  } finally {
    journal?.close()
    await loader.release()
  }
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

function decodeOptions(name: string, maxPixels: number | undefined) {
  return maxPixels === undefined ? {name} : {name, maxPixels}
}

type Hashes = {
  readonly model: string
  /** Null when no method uses words, or they cannot be read: then whoever needs them says so. */
  readonly vocab: string | null
  readonly data: SetFingerprint
}

async function identify(
  folder: ModelFolder,
  set: BenchSet,
  planned: readonly PlannedMethod[],
  {vocab = DEFAULT_VOCABULARY, signal}: BenchOptions,
): Promise<Hashes> {
  const usesWords = planned.some(({spec}) => spec.steps.some((step) => step.usesVocabulary))
  const words = usesWords ? await openVocabulary(vocab).catch(() => undefined) : undefined
  return {
    model: await hashFiles(folder.weights.files),
    vocab: words ? await hashFiles([words.path]) : null,
    data: await fingerprintSet(set, signal),
  }
}
