/** What a build has gone through so far: views, patches, and the figures of the last pass that go into the file. */
import type {BuildTally, SkippedImage} from '../../vocab/checkpoint.js'
import type {StepResult} from '../../vocab/learner.js'
import type {BuildPlan} from './plan.js'

export class Tally {
  /** Views gone through, unreadable ones included. */
  viewsDone: number
  /** Patches learned from, over all passes. */
  patches: number
  /** By their place in the list. */
  readonly skipped: Map<number, SkippedImage>
  /** Over the last pass: patches of each word. */
  readonly lastCounts: BigInt64Array
  private lastPatches: number
  private lastInertia: number

  constructor(
    private readonly plan: BuildPlan,
    saved: BuildTally | undefined,
  ) {
    this.viewsDone = saved?.viewsDone ?? 0
    this.patches = saved?.patches ?? 0
    this.lastPatches = saved?.lastPatches ?? 0
    this.lastInertia = saved?.lastInertia ?? 0
    this.lastCounts = saved?.lastCounts ?? new BigInt64Array(plan.wordCount)
    this.skipped = new Map(saved?.skipped)
  }

  /**
   * Counts one step.
   * @param roundOfView the round each view of the step belongs to, ascending; views have their patches one after another.
   * @returns mean squared distance of the step's patches to their words.
   */
  count({word, distance}: Pick<StepResult, 'word' | 'distance'>, roundOfView: readonly number[]): number {
    const {rounds, crops, patchesPerImage} = this.plan
    this.patches += word.length
    let sum = 0
    for (const value of distance) sum += value
    const lastFrom = roundOfView.findIndex((round) => round >= rounds - crops)
    if (lastFrom !== -1) {
      for (let patch = lastFrom * patchesPerImage; patch < word.length; patch += 1) {
        this.lastInertia += distance[patch]!
        this.lastCounts[Number(word[patch])]! += 1n
        this.lastPatches += 1
      }
    }
    return sum / word.length
  }

  /** Mean squared distance of a patch of the last pass to its word. */
  get inertia(): number {
    return this.lastInertia / this.lastPatches
  }

  /** Words that no patch of the last pass was nearest to. */
  get emptyWords(): number {
    return this.lastCounts.filter((count) => count === 0n).length
  }

  /** As a checkpoint keeps it; later steps do not change it. */
  saved(): BuildTally {
    const {viewsDone, patches, lastPatches, lastInertia} = this
    return {
      viewsDone,
      patches,
      lastPatches,
      lastInertia,
      lastCounts: this.lastCounts.slice(),
      skipped: new Map(this.skipped),
    }
  }
}
