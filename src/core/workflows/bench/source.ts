/** Which images a bench runs over: the user's own, labelled data, or a bundled suite. */
import {checkCount} from '../../base/check.js'
import {InterruptedError, UsageError} from '../../base/errors.js'
import type {ImageInput} from '../images.js'
import {type LabelledData, readData} from './data.js'
import {type BenchSet, labelledSet, limitSet} from './set.js'
import {openSuite, SUITES, type Suite} from './suites.js'

/** The part of `BenchOptions` that is about images. */
export type BenchSource = {
  /** Images without labels: time and tokens. One of `images`, `data` and `suite`; default the suite `scenes`. */
  readonly images?: readonly (ImageInput | string)[] | undefined
  /** Folder of a published data set or of classes, CSV or JSONL. */
  readonly data?: string | undefined
  /** How `data` is laid out, as `--layout` takes it; default: recognised by its files. */
  readonly layout?: string | undefined
  /** Part of a published data set, such as `test`, or `test:1` with split labels permuted by seed 1 as in the paper. */
  readonly split?: string | undefined
  readonly suite?: Suite | undefined
  /** Labels to choose from; default those of the data, for images the model's own. */
  readonly labels?: readonly string[] | undefined
  /** `{}` stands for the label; default: the model's own, else `a photo of a {}`. Of captions, how each begins. */
  readonly prompt?: string | undefined
  /** Images used at most, drawn by the seed; of a suite, images drawn. */
  readonly limit?: number | undefined
  /** Of the suite and of what `limit` draws. */
  readonly seed?: number
  readonly signal?: AbortSignal | undefined
}

/** The images, with labels where they are known. @throws {UsageError} two sources at once, or data of a wrong form. */
export async function openBenchSet(options: BenchSource): Promise<BenchSet> {
  const {images, data, layout, split, suite, labels, prompt, limit, seed = 0, signal} = options
  const given = [images && 'images', data !== undefined && '--data', suite && '--suite'].filter(Boolean)
  if (given.length > 1) {
    throw new UsageError(`A bench should run over one set of images, but is given ${given.join(' and ')}.`, {
      code: 'data-twice',
      suggestions: ['Run it once for each.'],
    })
  }
  if (data === undefined && (layout ?? split) !== undefined) {
    throw new UsageError('--layout and --split say how --data is read, but there is no --data.', {code: 'data-none'})
  }
  if (images) {
    checkLimit(limit)
    const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
    return limitSet({name: 'images', images: inputs, tasks: []}, limit ?? inputs.length, seed)
  }
  if (data !== undefined) {
    checkLimit(limit)
    const read = await readData(data, {layout, split, labels})
    const set = labelledSet(nameOf(data, read), read.images, {
      labels: labels ?? read.labels,
      prompt: prompt ?? read.prompt,
      areTags: read.areTags,
      paperKind: read.paperKind,
    })
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

/** `birds (waterbirds, test:1)` */
function nameOf(data: string, {layout, split}: LabelledData): string {
  return layout === undefined ? data : `${data} (${layout}, ${split})`
}

function checkLimit(limit: number | undefined): void {
  if (limit !== undefined) checkCount('--limit', limit, {min: 1, max: 100_000_000, unit: 'images'})
}
