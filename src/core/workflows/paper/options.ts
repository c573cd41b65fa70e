/** What the parts of the paper suite share. */
import {type PaperKind, paperProcessor} from '../../image/paper.js'
import type {ModelFolder} from '../../models/folder.js'
import type {DeviceChoice} from '../device.js'
import type {Preprocess} from '../images.js'

export type PaperOptions = {
  readonly folder: ModelFolder
  /** Of each data set and seed, drawn by `seed`. */
  readonly limit?: number | undefined
  readonly seed: number
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly maxPixels?: number | undefined
  /** Beginning of the names of the journals; each part has its own. */
  readonly journal?: string | undefined
  readonly resume?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((message: string) => void) | undefined
  /** Told of every journal that is begun or gone on with. */
  readonly onJournal?: ((path: string) => void) | undefined
  readonly onStep?: ((what: string) => void) | undefined
}

/** The paper's way to prepare images where the model takes its size, else the model's own, with a warning. */
export function preprocessFor(
  {config, name}: ModelFolder,
  kind: PaperKind = 'classify',
  {onWarning}: Pick<PaperOptions, 'onWarning'>,
): Preprocess {
  const {width} = paperProcessor(kind).output
  const {imageSize} = config.vision
  if (width === imageSize) return 'paper'
  onWarning?.(
    `${name} takes ${imageSize} pixels and not the paper's ${width}, so its own processor prepares the images.`,
  )
  return 'model'
}
