/** Table 1 of the VWT paper: how long sequences get, by vocabulary, with words of the data set and with general ones. */
import type {Spread} from '../../metrics/spread.js'
import type {FailedImage} from '../batches.js'
import {DEFAULT_LENGTH_METHODS, loadLengthCounter} from '../lengths.js'
import {evaluated, type FoundDataset, openDataset} from './data.js'
import {type PaperOptions, preprocessFor} from './options.js'
import type {PaperWords} from './words.js'

export type PaperLengths = {
  readonly dataset: string
  readonly title: string
  /** Readable images of the evaluated split. */
  readonly images: number
  readonly failed: readonly FailedImage[]
  /** Tokens without any method. */
  readonly full: number
  readonly rows: readonly (PaperWords & {
    /** Class token included. */
    readonly tokens: Spread
  })[]
}

/** @returns undefined where no image can be read. */
export async function measureLengths(
  dataset: FoundDataset,
  words: readonly PaperWords[],
  options: PaperOptions,
): Promise<PaperLengths | undefined> {
  const {layout} = dataset
  const set = await openDataset(dataset, evaluated(layout), options)
  const counter = await loadLengthCounter({
    model: options.folder.path,
    methods: DEFAULT_LENGTH_METHODS,
    vocabs: words.map(({vocab}) => vocab),
    threads: options.threads,
    maxPixels: options.maxPixels,
    paperKind: set.paperKind,
    preprocess: preprocessFor(options.folder, set.paperKind, options),
  })
  try {
    const images = []
    for await (const image of counter.count(set.images, options.signal ? {signal: options.signal} : {})) {
      images.push(image)
      if (images.length % 100 === 0 || images.length === set.images.length)
        options.onStep?.(`${layout.title}: lengths of ${images.length} of ${set.images.length} images`)
    }
    const {full, rows, sets} = counter.tabulate([{name: layout.name, images}])
    const counted = rows.flatMap(({lengths}, index) => {
      const tokens = lengths[0]!.tokens
      return tokens ? [{...words[index]!, tokens}] : []
    })
    if (counted.length === 0) return undefined
    const {images: readable, failed} = sets[0]!
    return {dataset: layout.name, title: layout.title, images: readable, failed, full, rows: counted}
  } finally {
    await counter.release()
  }
}
