/** Learning a vocabulary: images in, visual words out, in constant memory, stoppable at any moment. */
import {stat} from 'node:fs/promises'
import {join} from 'node:path'
import {InterruptedError, messageOf, UsageError} from '../base/errors.js'
import {
  type BuildTally,
  type Checkpoint,
  checkpointPath,
  exists,
  readCheckpoint,
  removeCheckpoint,
  type SkippedImage,
  writeCheckpoint,
} from '../vocab/checkpoint.js'
import {WordLearner} from '../vocab/learner.js'
import {writeVocabulary} from '../vocab/vocabulary.js'
import {writeAtomically} from '../weights/write.js'
import {type BuildPlan, type BuildSettings, checkEnough, planBuild, viewOrder} from './build-vocab-plan.js'
import type {ImageInput} from './images.js'
import {cropSeedOf, PatchStream, type View} from './patch-stream.js'

export type BuildVocabularyOptions = BuildSettings & {
  /** The file to write. */
  readonly out: string
  /** Goes on where an interrupted build of the same file stopped. */
  readonly resume?: boolean
  /** Seconds between two checkpoints; default 60. */
  readonly checkpointSeconds?: number
  /** Where the images come from, in words, for the file. */
  readonly source?: string | undefined
  /** Aborted: the build writes a checkpoint and throws InterruptedError. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BuildProgress) => void
  readonly onWarning?: (message: string) => void
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

async function findCheckpoint(
  plan: BuildPlan,
  {out, resume = false, onWarning}: BuildVocabularyOptions,
): Promise<Checkpoint | undefined> {
  const path = checkpointPath(out)
  if (!resume) {
    if (await exists(path))
      onWarning?.(`${path} of an unfinished build will be replaced; --resume would go on with it.`)
    return undefined
  }
  const checkpoint = await readCheckpoint(path, plan.fingerprint)
  if (!checkpoint) onWarning?.(`There is no checkpoint ${path} to resume from: the build begins anew.`)
  else if (checkpoint.threads !== plan.threads) {
    const both = `${checkpoint.threads} threads, this one has ${plan.threads}`
    onWarning?.(`The build began with ${both}: the result may differ in its last digits.`)
  }
  return checkpoint
}

class Build {
  private viewsDone: number
  private patches: number
  private lastPatches: number
  private lastInertia: number
  private readonly lastCounts: BigInt64Array
  private readonly skipped: Map<number, SkippedImage>
  private readonly viewsBefore: number
  private readonly viewsTotal: number
  private readonly startMs = performance.now()
  private savedMs = this.startMs
  /** Of the state after the last step; written when the build is stopped. */
  private saved: Checkpoint | undefined
  /** Of the last step. */
  private inertia: number | null = null

  constructor(
    private readonly plan: BuildPlan,
    private readonly options: BuildVocabularyOptions,
    private readonly stream: PatchStream,
    private readonly learner: WordLearner,
    tally: BuildTally | undefined,
  ) {
    this.viewsDone = tally?.viewsDone ?? 0
    this.patches = tally?.patches ?? 0
    this.lastPatches = tally?.lastPatches ?? 0
    this.lastInertia = tally?.lastInertia ?? 0
    this.lastCounts = tally?.lastCounts ?? new BigInt64Array(plan.wordCount)
    this.skipped = new Map(tally?.skipped)
    this.viewsBefore = this.viewsDone
    this.viewsTotal = plan.images.length * plan.rounds
  }

  async run(): Promise<BuiltVocabulary> {
    try {
      await this.learnAll()
    } catch (error) {
      if (error instanceof InterruptedError) await this.keep(error)
      throw error
    }
    const result = this.result()
    const {plan, options} = this
    await writeVocabulary(options.out, {
      words: this.learner.state!.words,
      counts: this.lastCounts,
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
    const {imagesPerStep, imageSize} = this.plan
    const viewBytes = 3 * imageSize ** 2
    const size = Math.min(imagesPerStep, this.viewsTotal - this.viewsDone)
    const buffer = new Uint8Array(size * viewBytes)
    const rounds: number[] = []
    let seen = this.viewsDone
    for await (const read of this.stream.read(this.views(seen))) {
      this.checkSignal()
      seen += 1
      const {place, image} = read.view
      if ('pixels' in read) {
        buffer.set(read.pixels, rounds.length * viewBytes)
        rounds.push(Math.floor((seen - 1) / this.plan.images.length))
      } else {
        this.skipped.set(place, {path: image.path, message: read.message})
      }
      if (rounds.length === size || seen === this.viewsTotal) {
        if (rounds.length > 0) await this.step(buffer.subarray(0, rounds.length * viewBytes), rounds)
        this.viewsDone = seen
        rounds.length = 0
        await this.afterStep()
      }
    }
    if (!this.learner.state) throw this.nothingReadable()
  }

  private async step(views: Uint8Array, rounds: readonly number[]): Promise<void> {
    const {wordCount, wordLength, patchesPerImage, crops} = this.plan
    const patches = await this.stream.cut(views)
    if (!this.learner.state) {
      checkEnough(wordCount, rounds.length, patches.length / wordLength)
      await this.learner.seed(patches, () => this.checkSignal())
    }
    const {word, distance} = await this.learner.learn(patches)
    this.patches += word.length
    let sum = 0
    for (const value of distance) sum += value
    const lastFrom = rounds.findIndex((round) => round >= this.plan.rounds - crops)
    if (lastFrom !== -1) {
      for (let patch = lastFrom * patchesPerImage; patch < word.length; patch += 1) {
        this.lastInertia += distance[patch]!
        this.lastCounts[Number(word[patch])]! += 1n
        this.lastPatches += 1
      }
    }
    this.inertia = sum / word.length
  }

  private async afterStep(): Promise<void> {
    this.report()
    if (!this.learner.state) return
    this.saved = this.checkpoint()
    const everyMs = (this.options.checkpointSeconds ?? 60) * 1000
    if (performance.now() - this.savedMs < everyMs || this.viewsDone === this.viewsTotal) return
    await this.save()
    this.savedMs = performance.now()
  }

  /** A checkpoint that cannot be written costs the checkpoint, not the work. */
  private async save(): Promise<boolean> {
    if (!this.saved) return false
    try {
      await writeCheckpoint(checkpointPath(this.options.out), this.saved)
      return true
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      this.options.onWarning?.(messageOf(error))
      return false
    }
  }

  private checkpoint(): Checkpoint {
    const {plan, viewsDone, patches, lastPatches, lastInertia} = this
    return {
      fingerprint: plan.fingerprint,
      threads: plan.threads,
      learner: this.learner.state!,
      tally: {
        viewsDone,
        patches,
        lastPatches,
        lastInertia,
        lastCounts: this.lastCounts.slice(),
        skipped: new Map(this.skipped),
      },
    }
  }

  private async keep(error: InterruptedError): Promise<never> {
    const isSaved = await this.save()
    const path = checkpointPath(this.options.out)
    throw new InterruptedError(
      isSaved
        ? `Interrupted after ${this.saved!.tally.viewsDone} of ${this.viewsTotal} images; ${path} keeps what was learned.`
        : 'Interrupted; no step was done since the start, so there is nothing new to keep.',
      {suggestions: isSaved ? ['Repeat the command with --resume to go on.'] : [], cause: error},
    )
  }

  private nothingReadable(): UsageError {
    const [first] = this.skipped.values()
    return new UsageError(`None of the ${this.plan.images.length} images can be read. The first: ${first?.message}`, {
      code: 'images-unreadable',
    })
  }

  private checkSignal(): void {
    if (this.options.signal?.aborted) throw new InterruptedError()
  }

  private report(): void {
    const seconds = (performance.now() - this.startMs) / 1000
    const done = this.viewsDone - this.viewsBefore
    const viewsPerSecond = done / seconds
    const secondsLeft = done > 0 ? (this.viewsTotal - this.viewsDone) / viewsPerSecond : null
    const {viewsDone, viewsTotal, inertia} = this
    this.options.onProgress?.({viewsDone, viewsTotal, viewsPerSecond, inertia, secondsLeft})
  }

  private result(): BuiltVocabulary {
    const {plan, options} = this
    const seconds = (performance.now() - this.startMs) / 1000
    return {
      out: options.out,
      words: plan.wordCount,
      wordLength: plan.wordLength,
      images: plan.images.length - this.skipped.size,
      skipped: [...this.skipped].sort(([a], [b]) => a - b).map(([, image]) => image),
      patches: this.patches,
      inertia: this.lastInertia / this.lastPatches,
      emptyWords: this.lastCounts.filter((count) => count === 0n).length,
      seconds,
      imagesPerSecond: (this.viewsDone - this.viewsBefore) / seconds,
    }
  }

  /** All views from number `from` on: round after round, each in an order of its own. */
  private *views(from: number): Generator<View> {
    const {images, rounds, crops, seed} = this.plan
    for (let round = Math.floor(from / images.length); round < rounds; round += 1) {
      const order = viewOrder(images.length, seed, round)
      const first = round * images.length
      for (let index = Math.max(0, from - first); index < images.length; index += 1) {
        const place = order[index]!
        const cropSeed = round % crops === 0 ? undefined : cropSeedOf(seed, round, place)
        yield {image: images[place]!, place, cropSeed}
      }
    }
  }
}
