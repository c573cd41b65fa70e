/** Many photos on one page: what the model saw of each, beside what the method did. */
import {basename} from 'node:path'
import type {MethodView, PictureKind, ViewedPhoto} from '../workflows/visualize.js'
import {results, tokensText} from './caption.js'
import {type Drawing, moved, type Pixels} from './drawing.js'
import {layOutPage, type Panel} from './layout.js'
import type {ColourBook} from './palette.js'
import {cropPhoto} from './photo.js'
import {chosenLayers, overlayMarks, ownKind, photoMarks, type Stage} from './picture.js'

/** Photos on a page; further ones go on the next, so that any number of them takes the same memory. */
export const PHOTOS_PER_PAGE = 24
/** Side of a panel, about; patches are whole pixels. */
const PANEL_PX = 224
const MIN_PATCH_PX = 8
/** Between the photo and its overlays. */
const SEAM_PX = 4
/** Panels side by side on a page. */
const PAGE_COLUMNS = 6
const TEXT_PX = 15

export type SheetOptions = {readonly layers?: readonly number[] | undefined; readonly book: ColourBook}

/** A photo on a contact sheet: small, and free of the photo it was made from. */
export type SheetEntry = readonly Panel[]

/** One panel with all that belongs to the photo; for `compare` one for the photo and for each method. */
export async function sheetEntry(
  photo: ViewedPhoto,
  kind: PictureKind,
  {layers, book}: SheetOptions,
): Promise<SheetEntry> {
  const stage = await squareStage(photo)
  const size = {width: stage.picture.width, height: stage.picture.height}
  const panelOf = (view: MethodView, layer: number) => [
    ...photoMarks(stage),
    ...overlayMarks(
      kind === 'match' || kind === 'drop' || kind === 'merge' ? kind : ownKind(view),
      view,
      layer,
      stage,
      book,
    ),
  ]
  if (kind === 'compare') {
    const panels = photo.views.map((view): Panel => {
      const layer = chosenLayers(view)[0]!
      return {...size, marks: panelOf(view, layer), caption: [view.method, tokensText(view, layer), ...results(view)]}
    })
    return [{...size, marks: photoMarks(stage), caption: [basename(photo.path)]}, ...panels]
  }
  const view = photo.views[0]!
  const shown = chosenLayers(view, layers)
  const step = size.width + SEAM_PX
  const overlays = shown.flatMap((layer, index) => moved(panelOf(view, layer), (index + 1) * step, 0))
  const tokens = shown.map((layer) => view.tokens.perLayer[layer - 1]).join(', ')
  return [
    {
      marks: [...photoMarks(stage), ...overlays],
      width: step * (shown.length + 1) - SEAM_PX,
      height: size.height,
      caption: [basename(photo.path), `${tokens} of ${view.tokens.full} tokens`],
    },
  ]
}

/** @param entries of photos that are drawn with the same options. */
export function drawContactSheet(entries: readonly SheetEntry[]): Drawing {
  const first = entries[0]!
  const panels = entries.flat()
  if (first.length > 1) return layOutPage(panels, {columns: first.length, textPx: TEXT_PX})
  const columns = Math.max(1, Math.floor((PAGE_COLUMNS * (PANEL_PX + SEAM_PX)) / (first[0]!.width + SEAM_PX)))
  return layOutPage(panels, {columns, textPx: TEXT_PX})
}

/** Only what the model saw, in whole pixels for every patch. */
async function squareStage({photo, geometry, patchPx}: ViewedPhoto): Promise<Stage> {
  const columns = Math.floor(geometry.cropWidth / patchPx)
  const rows = Math.floor(geometry.cropHeight / patchPx)
  const side = Math.max(MIN_PATCH_PX, Math.round(PANEL_PX / columns))
  const picture: Pixels = await cropPhoto(photo, geometry, {
    seen: {width: columns * patchPx, height: rows * patchPx},
    size: {width: columns * side, height: rows * side},
  })
  const edges = (count: number) => Array.from({length: count + 1}, (_, index) => index * side)
  return {picture, grid: {rows, columns, xs: edges(columns), ys: edges(rows)}}
}
