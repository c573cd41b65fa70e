/** The batch figure of the VWT paper: what a method saves at each batch size. */
import {runBench} from '../bench/bench.js'
import type {Bench} from '../bench/result.js'
import {evaluated, type FoundDataset, openDataset} from './data.js'
import {type MethodGroup, type PaperOptions, preprocessFor} from './options.js'
import type {PaperSuiteOptions} from './suite.js'

export const PAPER_BATCHES = [1, 4, 16, 32]
/** Images of the figure at most: it is about time. */
export const FIGURE_IMAGES = 240

/** Time against batch size, of all methods over images of one data set. */
export async function batchFigure(
  {layout, folder: data}: FoundDataset,
  groups: readonly MethodGroup[],
  options: PaperSuiteOptions,
  {folder, limit = FIGURE_IMAGES, journal, seed, onJournal, onStep, onWarning}: PaperOptions,
): Promise<Bench> {
  const path = journal && `${journal}.batches`
  if (path !== undefined) onJournal?.(path)
  const words = groups.find((group) => group.words)?.words
  const methods = [...new Set(groups.flatMap((group) => group.methods.map(({spec}) => spec.text)))]
  const split = evaluated(layout).name
  const {paperKind} = await openDataset({layout, folder: data}, {name: split}, {limit: 1, seed})
  const preprocess = preprocessFor(folder, paperKind, {onWarning})
  return runBench({
    ...options,
    model: folder.path,
    task: folder.kind === 'blip' ? 'caption' : 'classify',
    methods,
    sweeps: [],
    data,
    layout: layout.name,
    split,
    vocab: words?.vocab,
    limit: Math.min(limit, FIGURE_IMAGES),
    batches: options.batches ?? PAPER_BATCHES,
    preprocess,
    journal: path,
    onWarning: (message) => onWarning?.(message),
    onProgress: (_done, _total, what) => onStep?.(`batch figure: ${what}`),
  })
}
