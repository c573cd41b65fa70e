/** What a bench returns. */

import type {Device} from '../../runtime/session.js'
import type {FailedImage} from '../batches.js'
import type {Preprocess} from '../images.js'
import type {Machine} from '../machine.js'
import type {EnergySummary} from './energy.js'
import type {GateResult} from './gates.js'
import type {Resumed} from './journal.js'
import type {BenchOutcomes} from './outcomes.js'
import type {BenchRow} from './rows.js'
import type {Task} from './task.js'
import type {TurnSamples} from './timing.js'
import type {EnergySample} from './windows.js'

export type Bench = {
  /** When it began, UTC, ISO 8601. */
  readonly startedAt: string
  readonly task: Task
  readonly machine: Machine
  readonly versions: {
    readonly vwt: string
    /** Of the clone vwt ran from, with `-dirty` when it was changed; null for an installed package. */
    readonly commit: string | null
    readonly onnxruntime: string
    readonly node: string
  }
  readonly model: string
  /** Of the bytes of all weight files. */
  readonly modelSha256: string
  readonly device: Device
  /** Null when no method uses words. */
  readonly vocab: string | null
  readonly vocabSha256: string | null
  readonly data: {
    readonly name: string
    /** Of all images given, their order, labels and groups. */
    readonly sha256: string
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
  /** How energy was told; of the rows' figures the encoder's are `watts` and `joulesPerImage`. */
  readonly energy: EnergySummary
  readonly rows: readonly BenchRow[]
  readonly gates: readonly GateResult[]
  /** Present when the work was stopped before all blocks were done. */
  readonly incomplete?: true
  /** Present when a part was measured by earlier runs that had been stopped. */
  readonly resumed?: Resumed
  /** Every timed run. */
  readonly samples: readonly TurnSamples[]
  /** Every window of energy. */
  readonly windows: readonly EnergySample[]
  /** What became of every image. */
  readonly outcomes: BenchOutcomes
}
