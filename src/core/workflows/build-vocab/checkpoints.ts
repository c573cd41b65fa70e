/** Checkpoints of a build: found at its start, written now and then, kept when it is stopped. */
import {InterruptedError, messageOf, UsageError} from '../../base/errors.js'
import {type Checkpoint, checkpointPath, exists, readCheckpoint, writeCheckpoint} from '../../vocab/checkpoint.js'
import type {BuildPlan} from './plan.js'

export type CheckpointOptions = {
  /** The file to write; its checkpoint lies beside it. */
  readonly out: string
  /** Goes on where an interrupted build of the same file stopped. */
  readonly resume?: boolean
  /** Seconds between two checkpoints; default 60. */
  readonly checkpointSeconds?: number
  readonly onWarning?: (message: string) => void
}

/** @returns where to go on; nothing when the build begins anew. @throws {UsageError} it is of another build. */
export async function findCheckpoint(
  plan: BuildPlan,
  {out, resume = false, onWarning}: CheckpointOptions,
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

export class Checkpoints {
  private writtenMs = performance.now()
  /** Of the state after the last step. */
  private latest: Checkpoint | undefined

  constructor(
    private readonly plan: BuildPlan,
    private readonly options: CheckpointOptions,
  ) {}

  /** Remembers the state after a step, and writes it when it is time and `isLast` is not. */
  async after(state: Pick<Checkpoint, 'learner' | 'tally'>, isLast: boolean): Promise<void> {
    const {fingerprint, threads} = this.plan
    this.latest = {fingerprint, threads, ...state}
    const everyMs = (this.options.checkpointSeconds ?? 60) * 1000
    if (isLast || performance.now() - this.writtenMs < everyMs) return
    await this.write(this.latest)
    this.writtenMs = performance.now()
  }

  /** Writes what a stopped build has learned. @returns what to tell the user instead of `error`. */
  async keep(error: InterruptedError, viewsTotal: number): Promise<InterruptedError> {
    const kept = this.latest !== undefined && (await this.write(this.latest)) ? this.latest : undefined
    const path = checkpointPath(this.options.out)
    return new InterruptedError(
      kept
        ? `Interrupted after ${kept.tally.viewsDone} of ${viewsTotal} images; ${path} keeps what was learned.`
        : 'Interrupted; no step was done since the start, so there is nothing new to keep.',
      {suggestions: kept ? ['Repeat the command with --resume to go on.'] : [], cause: error},
    )
  }

  /** A checkpoint that cannot be written costs the checkpoint, not the work. @returns whether it was written. */
  private async write(checkpoint: Checkpoint): Promise<boolean> {
    try {
      await writeCheckpoint(checkpointPath(this.options.out), checkpoint)
      return true
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      this.options.onWarning?.(messageOf(error))
      return false
    }
  }
}
