/** All layouts vwt knows, and which of them a folder has. */
import {UsageError} from '../../base/errors.js'
import {CELEBA} from './celeba.js'
import {COCO} from './coco.js'
import {IMAGENET} from './imagenet.js'
import type {Layout} from './layout.js'
import {METASHIFT} from './metashift.js'
import {NOCAPS} from './nocaps.js'
import {OPENIMAGES_COMMON, OPENIMAGES_RARE} from './openimages.js'
import {WATERBIRDS} from './waterbirds.js'

export const LAYOUTS: readonly Layout[] = [
  WATERBIRDS,
  CELEBA,
  METASHIFT,
  OPENIMAGES_COMMON,
  OPENIMAGES_RARE,
  COCO,
  NOCAPS,
  IMAGENET,
]

/** A folder for each class, or a table: what is read when no published data set is recognised. */
export const PLAIN = 'plain'

export const LAYOUT_NAMES: readonly string[] = [PLAIN, ...LAYOUTS.map(({name}) => name)]

/** Those whose files are in the folder. */
export async function layoutsIn(folder: string): Promise<Layout[]> {
  const isHere = await Promise.all(LAYOUTS.map((layout) => layout.isHere(folder)))
  return LAYOUTS.filter((_, place) => isHere[place])
}

/**
 * @param name of a layout or `plain`; undefined recognises it.
 * @returns undefined for `plain`, and where nothing is recognised.
 * @throws {UsageError} `layout-ambiguous`: the folder has the files of several; `layout-unknown`: there is none of that
 *   name.
 */
export async function chooseLayout(folder: string, name?: string): Promise<Layout | undefined> {
  if (name === PLAIN) return undefined
  if (name !== undefined) {
    const named = LAYOUTS.find((layout) => layout.name === name)
    if (named) return named
    throw new UsageError(`The layout should be one of ${LAYOUT_NAMES.join(', ')}, but is ${JSON.stringify(name)}.`, {
      code: 'layout-unknown',
    })
  }
  const [only, ...others] = await layoutsIn(folder)
  if (others.length === 0) return only
  const found = [only!, ...others]
  const marks = found.map((layout) => `${layout.title} (${layout.knownBy})`).join(' and ')
  throw new UsageError(`${folder} should hold one data set, but has the files of ${marks}.`, {
    code: 'layout-ambiguous',
    suggestions: found.map((layout) => `--layout ${layout.name}`),
  })
}
