/** Every timed run of a bench as a long table, for data frames. */
import type {TurnSamples} from '../../workflows/bench/timing.js'
import {formatCsv} from '../csv.js'

/** Files that end so get single runs instead of rows. */
export const SAMPLES_ENDING = '.samples.csv'

const PHASES = ['encoder', 'endToEnd', 'decode', 'preprocess', 'encode', 'head'] as const

/**
 * One line for each run and phase: `encoder` is the encoder alone, the others belong to the run from file to answer with
 * the same number. Milliseconds of one run over one batch, unrounded.
 */
export function formatSamplesCsv(samples: readonly TurnSamples[]): string {
  const lines = samples.flatMap((sample) =>
    PHASES.flatMap((phase) =>
      sample[`${phase}Ms`].map((ms, run) => [sample.method, sample.batch, sample.block, sample.turn, phase, run, ms]),
    ),
  )
  return formatCsv(['method', 'batch', 'block', 'turn', 'phase', 'run', 'ms'], lines)
}
