/** Learning a vocabulary: images in, visual words out, in constant memory, stoppable at any moment. */
import {stat} from 'node:fs/promises'
import {join} from 'node:path'
import {InterruptedError, UsageError} from '../../base/errors.js'
import {type BuildTally, checkpointPath, removeCheckpoint, type SkippedImage} from '../../vocab/checkpoint.js'
import {WordLearner} from '../../vocab/learner.js'
import {writeVocabulary} from '../../vocab/vocabulary.js'
import {writeAtomically} from '../../weights/write.js'
import type {ImageInput} from '../images.js'
import {type CheckpointOptions, Checkpoints, findCheckpoint} from './checkpoints.js'
import {PatchStream} from './patch-stream.js'
import {type BuildPlan, type BuildSettings, checkEnough, planBuild} from './plan.js'
import {Tally} from './tally.js'
import {viewsFrom} from './views.js'

export type BuildVocabularyOptions = BuildSettings &
  CheckpointOptions & {
    /** Where the images come from, in words, for the file. */
    readonly source?: string | undefined
    /** Aborted: the build writes a checkpoint and throws InterruptedError. */
    readonly signal?: AbortSignal
    readonly onProgress?: (progress: BuildProgress) => void
    /** While the first words are chosen, before the first step: told at every thousandth, so of few words never. */
    readonly onSeeding?: (progress: SeedingProgress) => void
  }

/** After each step. `views` counts images as often as they are gone through. */
export type BuildProgress = {
  readonly viewsDone: number
  readonly viewsTotal: number
  readonly viewsPerSecond: number
  /** Mean squared distance of the step's patches to their words; null before the first step. */
  readonly inertia: number | null
  readonly secondsLeft: number | null
}

export type SeedingProgress = {readonly wordsFound: number; readonly wordsTotal: number}

export type BuiltVocabulary = {
  readonly out: string
  readonly words: number
  readonly wordLength: number
  /** Readable images. */
  readonly images: number
  readonly skipped: readonly SkippedImage[]
  /** Patches learned from, over all passes. */
  readonly patches: number
  /** Mean squared distance of a patch to its word over the last pass, each step measured before it moved the words. */
  readonly inertia: number
  /** Words that no patch of the last pass was nearest to. */
  readonly emptyWords: number
  readonly seconds: number
  /** Images gone through in a second, by this run. */
  readonly imagesPerSecond: number
}

/**
 * Learns `words` visual words from the patches of `images` and writes them to `out`. Images are gone through in an
 * order drawn anew for each pass. The same seed, images and number of threads give the same file to the byte, whether
 * or not the build was stopped in between.
 *
 * @throws {UsageError} a setting is out of range, there are fewer patches than words, or `out` cannot be written.
 * @throws {InterruptedError} `signal` was aborted; a checkpoint beside `out` keeps what was learned.
 */
export async function buildVocabulary(
  images: readonly (ImageInput | string)[],
  options: BuildVocabularyOptions,
): Promise<BuiltVocabulary> {
  const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
  const plan = planBuild(inputs, options)
  await checkWritable(options.out)
  const checkpoint = await findCheckpoint(plan, options)
  const {wordCount, wordLength, seed, threads} = plan
  const stream = await PatchStream.open(plan.processor, {
    patchSize: plan.patchSize,
    threads,
    maxPixels: options.maxPixels,
  })
  const learner = await WordLearner.open({wordCount, wordLength, seed, threads, state: checkpoint?.learner})
  try {
    return await new Build(plan, options, stream, learner, checkpoint?.tally).run()
  } finally {
    await Promise.all([stream.release(), learner.release()])
  }
}

/** Hours of work should not end at a folder that cannot be written. */
async function checkWritable(out: string): Promise<void> {
  const status = await stat(out).catch(() => undefined)
  if (status?.isDirectory()) {
    throw new UsageError(`The vocabulary should be written to a file, but ${out} is a folder.`, {
      code: 'write-failed',
      suggestions: [`--out ${join(out, 'words.safetensors')}`],
    })
  }
  const probe = `${out}.probe`
  await writeAtomically(probe, async () => {})
  await removeCheckpoint(probe)
}

/** Words between two reports of the seeding; a thousand take a fraction of a second at first, some seconds at the end. */
const SEEDING_REPORT_WORDS = 1000

class Build {
  private readonly tally: Tally
  private readonly checkpoints: Checkpoints
  private readonly viewsBefore: number
  private readonly viewsTotal: number
  private readonly startMs = performance.now()
  /** Of the last step. */
  private inertia: number | null = null

  constructor(
    private readonly plan: BuildPlan,
    private readonly options: BuildVocabularyOptions,
    private readonly stream: PatchStream,
    private readonly learner: WordLearner,
    saved: BuildTally | undefined,
  ) {
    this.tally = new Tally(plan, saved)
    this.checkpoints = new Checkpoints(plan, options)
    this.viewsBefore = this.tally.viewsDone
    this.viewsTotal = plan.images.length * plan.rounds
  }

  async run(): Promise<BuiltVocabulary> {
    try {
      await this.learnAll()
    } catch (error) {
      if (error instanceof InterruptedError) throw await this.checkpoints.keep(error, this.viewsTotal)
      throw error
    }
    const {plan, options} = this
    const result = this.result()
    await writeVocabulary(options.out, {
      words: this.learner.state!.words,
      counts: this.tally.lastCounts,
      patchSize: plan.patchSize,
      imageMean: plan.processor.mean,
      imageStd: plan.processor.std,
      imageSize: plan.imageSize,
      images: result.images,
      patches: result.patches,
      seed: plan.seed,
      inertia: result.inertia,
      source: options.source ?? `${result.images} images`,
    })
    await removeCheckpoint(checkpointPath(options.out))
    return result
  }

  /** Step by step; a step is as many readable views as fill it, or what is left at the end. */
  private async learnAll(): Promise<void> {
    const {plan, tally, viewsTotal} = this
    const viewBytes = 3 * plan.imageSize ** 2
    const size = Math.min(plan.imagesPerStep, viewsTotal - tally.viewsDone)
    const buffer = new Uint8Array(size * viewBytes)
    const rounds: number[] = []
    let seen = tally.viewsDone
    for await (const read of this.stream.read(viewsFrom(plan, seen))) {
      this.checkSignal()
      seen += 1
      const {place, image} = read.view
      if ('pixels' in read) {
        buffer.set(read.pixels, rounds.length * viewBytes)
        rounds.push(Math.floor((seen - 1) / plan.images.length))
      } else {
        tally.skipped.set(place, {path: image.path, message: read.message})
      }
      if (rounds.length === size || seen === viewsTotal) {
        if (rounds.length > 0) await this.step(buffer.subarray(0, rounds.length * viewBytes), rounds)
        tally.viewsDone = seen
        rounds.length = 0
        await this.afterStep()
      }
    }
    if (!this.learner.state) throw this.nothingReadable()
  }

  private async step(views: Uint8Array, rounds: readonly number[]): Promise<void> {
    const {wordCount, wordLength} = this.plan
    const patches = await this.stream.cut(views)
    if (!this.learner.state) {
      checkEnough(wordCount, rounds.length, patches.length / wordLength)
      await this.seed(patches)
    }
    this.inertia = this.tally.count(await this.learner.learn(patches), rounds)
  }

  private async seed(patches: Float32Array): Promise<void> {
    let reported = 0
    await this.learner.seed(patches, (wordsFound) => {
      this.checkSignal()
      const thousands = Math.floor(wordsFound / SEEDING_REPORT_WORDS)
      if (thousands === reported) return
      reported = thousands
      this.options.onSeeding?.({wordsFound, wordsTotal: this.plan.wordCount})
    })
  }

  private async afterStep(): Promise<void> {
    this.report()
    const {tally} = this
    const {state} = this.learner
    if (state) await this.checkpoints.after({learner: state, tally: tally.saved()}, tally.viewsDone === this.viewsTotal)
  }

  private nothingReadable(): UsageError {
    const [first] = this.tally.skipped.values()
    return new UsageError(`None of the ${this.plan.images.length} images can be read. The first: ${first?.message}`, {
      code: 'images-unreadable',
    })
  }

  private checkSignal(): void {
    if (this.options.signal?.aborted) throw new InterruptedError()
  }

  private report(): void {
    const {viewsTotal, inertia} = this
    const {viewsDone} = this.tally
    const seconds = (performance.now() - this.startMs) / 1000
    const viewsPerSecond = (viewsDone - this.viewsBefore) / seconds
    const secondsLeft = viewsPerSecond > 0 ? (viewsTotal - viewsDone) / viewsPerSecond : null
    this.options.onProgress?.({viewsDone, viewsTotal, viewsPerSecond, inertia, secondsLeft})
  }

  private result(): BuiltVocabulary {
    const {plan, options, tally} = this
    const {patches, inertia, emptyWords, skipped} = tally
    const seconds = (performance.now() - this.startMs) / 1000
    return {
      out: options.out,
      words: plan.wordCount,
      wordLength: plan.wordLength,
      images: plan.images.length - skipped.size,
      skipped: [...skipped].sort(([a], [b]) => a - b).map(([, image]) => image),
      patches,
      inertia,
      emptyWords,
      seconds,
      imagesPerSecond: (tally.viewsDone - this.viewsBefore) / seconds,
    }
  }
}
