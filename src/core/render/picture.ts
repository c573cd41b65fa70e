/** One photo beside what a method did to it. */
import {basename} from 'node:path'
import {UsageError} from '../base/errors.js'
import type {MethodView, ViewedPhoto} from '../workflows/visualize.js'
import {captionOf, type OverlayKind, results, tokensText} from './caption.js'
import {type Drawing, type Mark, type Pixels, type Rgb, rect} from './drawing.js'
import {cropBox, type PatchGrid, planPatchGrid} from './grid.js'
import {layOutPage, type Panel} from './layout.js'
import {lineWidth} from './outline.js'
import {dropMarks, matchMarks, mergeMarks, regionsOf, unseenMarks} from './overlays.js'
import {ColourBook} from './palette.js'
import {automaticScale, scalePhoto} from './photo.js'

export type PictureOptions = {
  /** Size of the drawn photo over that of the original; default: 1, more where the photo is tiny. */
  readonly scale?: number | undefined
  /** Layers shown, from 1; default the last. */
  readonly layers?: readonly number[] | undefined
  /** Colours of words, shared by the pictures of a call. */
  readonly book?: ColourBook
}

/** Panels side by side before they wrap. */
const MOST_COLUMNS = 6
const FRAME: Rgb = [255, 255, 255]

/** The photo, then one panel for each layer. @throws {UsageError} a layer there is not, or a scale without sense. */
export async function drawPicture(photo: ViewedPhoto, kind: OverlayKind, options: PictureOptions): Promise<Drawing> {
  const stage = await setStage(photo, options.scale)
  const view = photo.views[0]!
  const panels = chosenLayers(view, options.layers).map((layer): Panel => {
    const marks = [...photoMarks(stage), ...overlayMarks(kind, view, layer, stage, options.book)]
    return panelOf(stage, marks, captionOf(kind, view, layer))
  })
  const page = [photoPanel(photo, stage), ...panels]
  return layOutPage(page, {columns: rowLength(page.length)})
}

/** What lies over the photo alone, on transparent ground, exactly as large as the (scaled) photo. */
export async function drawOverlay(photo: ViewedPhoto, kind: OverlayKind, options: PictureOptions): Promise<Drawing> {
  const stage = await setStage(photo, options.scale)
  const view = photo.views[0]!
  const [layer, ...others] = chosenLayers(view, options.layers)
  if (others.length > 0) {
    throw new UsageError(`An overlay shows one layer, but ${others.length + 1} are named.`, {code: 'overlay-layers'})
  }
  const {width, height} = stage.picture
  return {width, height, background: null, marks: overlayMarks(kind, view, layer!, stage, options.book)}
}

/**
 * One panel for each method with tokens, best label and milliseconds below; with `layers` one row for each method, its
 * layers side by side.
 */
export async function drawComparison(photo: ViewedPhoto, options: PictureOptions): Promise<Drawing> {
  const stage = await setStage(photo, options.scale)
  const panels = photo.views.flatMap((view) =>
    chosenLayers(view, options.layers).map((layer, place): Panel => {
      const marks = [...photoMarks(stage), ...overlayMarks(ownKind(view), view, layer, stage, options.book)]
      const caption = options.layers
        ? [place === 0 ? view.method : `layer ${layer}`, tokensText(view, layer), ...(place === 0 ? results(view) : [])]
        : [view.method, tokensText(view, layer), ...results(view)]
      return panelOf(stage, marks, caption)
    }),
  )
  return layOutPage(panels, {columns: options.layers?.length ?? comparisonColumns(panels.length)})
}

/** Up to five in a row, otherwise rows of equal length as far as they go. */
function comparisonColumns(count: number): number {
  return Math.ceil(count / Math.ceil(count / 5))
}

/** What a method did, by what it left in the trace. */
export function ownKind({trace}: MethodView): OverlayKind {
  const last = trace.layers.at(-1)!
  const isMergedLater = regionsOf(last).length > 0 && String(last) !== String(trace.layers[0])
  if (trace.words && !isMergedLater) return 'match'
  if (regionsOf(last).length > 0) return 'merge'
  return last.some((token) => token < 0) ? 'drop' : 'plain'
}

/** A photo at the size at which it is drawn, with the places of its patches. */
export type Stage = {readonly picture: Pixels; readonly grid: PatchGrid}

export async function setStage({photo, geometry, patchPx}: ViewedPhoto, scale?: number): Promise<Stage> {
  const picture = await scalePhoto(photo, scale ?? automaticScale(geometry))
  return {picture, grid: planPatchGrid(geometry, photo, picture, patchPx)}
}

/** Everything a method draws over the photo. @param layer counted from 1. */
export function overlayMarks(
  kind: OverlayKind,
  {trace}: MethodView,
  layer: number,
  {picture, grid}: Stage,
  book = new ColourBook(),
): Mark[] {
  const tokens = trace.layers[layer - 1]!
  const unseen = unseenMarks(grid, picture)
  if (kind === 'match') return [...unseen, ...matchMarks(trace.words ?? [], tokens, grid, book)]
  if (kind === 'merge') return [...unseen, ...mergeMarks(tokens, grid, picture, new ColourBook())]
  return [...unseen, ...(kind === 'drop' ? dropMarks(tokens, grid) : [])]
}

export function photoMarks({picture}: Stage): Mark[] {
  return [{kind: 'pixels', left: 0, top: 0, pixels: picture}]
}

/** The layers asked for, or the last one. @throws {UsageError} `layer-range` */
export function chosenLayers({trace}: MethodView, layers?: readonly number[]): readonly number[] {
  const count = trace.layers.length
  const wrong = layers?.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > count)
  if (wrong === undefined) return layers && layers.length > 0 ? layers : [count]
  throw new UsageError(`The model has the layers 1 to ${count}, but layer ${wrong} is asked for.`, {
    code: 'layer-range',
    suggestions: [`--layers 1,${Math.max(2, Math.round(count / 2))},${count}`],
  })
}

function photoPanel({path, photo}: ViewedPhoto, stage: Stage): Panel {
  const caption = [basename(path), `${photo.width} × ${photo.height} pixels`]
  return panelOf(stage, [...photoMarks(stage), ...frameMarks(stage)], caption)
}

/** A thin frame round what the model saw, where that is not the whole photo. */
function frameMarks({picture, grid}: Stage): Mark[] {
  const {left, top, width, height} = cropBox(grid)
  const line = lineWidth(grid)
  const [right, bottom] = [left + width, top + height]
  return [
    ...(left > 0 ? [rect(left - line, top, left, bottom, FRAME)] : []),
    ...(right < picture.width ? [rect(right, top, right + line, bottom, FRAME)] : []),
    ...(top > 0 ? [rect(left, top - line, right, top, FRAME)] : []),
    ...(bottom < picture.height ? [rect(left, bottom, right, bottom + line, FRAME)] : []),
  ]
}

function panelOf({picture: {width, height}}: Stage, marks: readonly Mark[], caption: readonly string[]): Panel {
  return {marks, width, height, caption}
}

function rowLength(count: number): number {
  return count <= MOST_COLUMNS ? count : Math.ceil(count / Math.ceil(count / MOST_COLUMNS))
}
