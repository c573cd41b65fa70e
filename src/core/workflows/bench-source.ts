/** Which images a bench runs over: the user's own, labelled data, or a bundled suite. */
import {checkCount} from '../base/check.js'
import {InterruptedError, UsageError} from '../base/errors.js'
import {readLabelledImages} from './bench-data.js'
import {type BenchSet, labelledSet, limitSet} from './bench-set.js'
import {openSuite, SUITES, type Suite} from './bench-suites.js'
import type {ImageInput} from './images.js'

/** The part of `BenchOptions` that is about images. */
export type BenchSource = {
  readonly images?: readonly (ImageInput | string)[] | undefined
  readonly data?: string | undefined
  readonly suite?: Suite | undefined
  readonly labels?: readonly string[] | undefined
  readonly prompt?: string | undefined
  readonly limit?: number | undefined
  readonly seed?: number
  readonly signal?: AbortSignal | undefined
}

/** The images, with labels where they are known. @throws {UsageError} two sources at once, or data of a wrong form. */
export async function openBenchSet(options: BenchSource): Promise<BenchSet> {
  const {images, data, suite, labels, prompt, limit, seed = 0, signal} = options
  const given = [images && 'images', data !== undefined && '--data', suite && '--suite'].filter(Boolean)
  if (given.length > 1) {
    throw new UsageError(`A bench should run over one set of images, but is given ${given.join(' and ')}.`, {
      code: 'data-twice',
      suggestions: ['Run it once for each.'],
    })
  }
  if (images) {
    checkLimit(limit)
    const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
    return limitSet({name: 'images', images: inputs, tasks: []}, limit ?? inputs.length, seed)
  }
  if (data !== undefined) {
    checkLimit(limit)
    const set = labelledSet(data, await readLabelledImages(data), {labels, prompt})
    return limitSet(set, limit ?? set.images.length, seed)
  }
  if (labels) {
    throw new UsageError('A bundled suite brings its own labels, so --labels goes with --data or images of your own.', {
      code: 'suite-labels',
      suggestions: ['Leave --labels out, or name your own images or --data.'],
    })
  }
  const opened = await openSuite(suite ?? SUITES[0], {limit, seed, signal})
  if (signal?.aborted) throw new InterruptedError()
  return prompt === undefined
    ? opened
    : {...opened, tasks: opened.tasks.map((task, index) => (index === 0 ? {...task, prompt} : task))}
}

function checkLimit(limit: number | undefined): void {
  if (limit !== undefined) checkCount('--limit', limit, {min: 1, max: 100_000_000, unit: 'images'})
}
