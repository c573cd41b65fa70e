/** What a bench is asked: methods, images, times, conditions; and which of it makes no sense. */
import {checkCount, checkNumber} from '../../base/check.js'
import {UsageError} from '../../base/errors.js'
import type {DeviceChoice} from '../device.js'
import type {Preprocess} from '../images.js'
import type {EnergyOptions} from './meter.js'
import type {BenchSource} from './source.js'
import type {ProgressCallback} from './steps.js'
import type {Task} from './task.js'

export type BenchOptions = EnergyOptions &
  BenchSource & {
    /** Name or folder; default `mini`, for captions `mini-caption`. */
    readonly model?: string | undefined
    /** Default: what the model is for, else what is known of the images. */
    readonly task?: Task | undefined
    /** Specs, or `all`; `base` is always measured. */
    readonly methods?: readonly string[]
    /** Such as `intra=0.1:0.9:0.2`. */
    readonly sweeps?: readonly string[]
    /** The official SPICE tool, for captions; see `scoreSpice`. */
    readonly spiceJar?: string | undefined
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
    /**
     * File in which is kept what was measured, image by image and block by block. It stays when the bench is done: remove it
     * once the result is safe.
     */
    readonly journal?: string | undefined
    /** Goes on from the journal of a run that was stopped; begins anew when there is none. */
    readonly resume?: boolean
    readonly onWarning?: (message: string) => void
    /** Told after each step of `total`, and what it was. */
    readonly onProgress?: ProgressCallback
  }

/** @throws {UsageError} `out-of-range`, `batch-duplicate`: a number is none that can be measured with. */
export function checkSettings({
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
