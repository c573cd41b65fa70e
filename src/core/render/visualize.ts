/** Pictures of what methods did, drawn one after the other and written as they are done. */
import {BugError, UsageError} from '../base/errors.js'
import {openVocabulary} from '../vocab/vocabulary.js'
import {writeAtomically} from '../weights/write.js'
import {type FailedImage, isFailed} from '../workflows/batches.js'
import type {ImageInput} from '../workflows/images.js'
import {
  loadPatchViewer,
  type PatchViewer,
  type PictureKind,
  planPicture,
  type ViewedPhoto,
  type ViewerOptions,
} from '../workflows/visualize.js'
import {WordUsage} from '../workflows/word-usage.js'
import {DEFAULT_VOCABULARY} from '../workflows/words.js'
import type {CanvasMemory} from './canvas.js'
import {plural} from './caption.js'
import {drawContactSheet, PHOTOS_PER_PAGE, type SheetEntry, sheetEntry} from './contact-sheet.js'
import type {Drawing} from './drawing.js'
import {encodeDrawing, formatOfName} from './encode.js'
import {drawFrequencyChart} from './frequency-chart.js'
import {OutputNames, type OutputPlace, planOutput} from './output.js'
import {ColourBook} from './palette.js'
import {drawComparison, drawOverlay, drawPicture, type PictureOptions} from './picture.js'
import {drawWordSheet} from './word-sheet.js'

export type VisualizeOptions = ViewerOptions & {
  /** File for one picture (several images: a contact sheet) or folder for one picture each; default: this folder. */
  readonly out?: string | undefined
  /** Size of the drawn photo over that of the original; default: 1, more where the photo is tiny. */
  readonly scale?: number | undefined
  /** Layers shown, from 1; default the last. */
  readonly layers?: readonly number[] | undefined
  /** Only what lies over the photo, on transparent ground. */
  readonly overlay?: boolean | undefined
  /** Words on a sheet; default 12. */
  readonly top?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Told after each image, readable or not. */
  readonly onImage?: (path: string) => void
}

/** `image` is null where a picture is about all images. */
export type WrittenPicture = {readonly path: string; readonly kind: PictureKind; readonly image: string | null}

/** A picture with the images on it; several for a page of a contact sheet. */
export type PictureEvent = {
  readonly pictures: readonly WrittenPicture[]
  /** The file as it was written. */
  readonly bytes: Uint8Array
}

/**
 * Draws pictures of what a method did to images, and writes each as soon as it is done.
 *
 * @param images may be empty for `frequency`, which then shows the counts of the vocabulary itself.
 * @returns for each file one event; for each image that could not be read its failure, in its place.
 * @throws {UsageError} kind, method, layers, scale or `out` are wrong.
 * @throws {InterruptedError} the signal was aborted; what was yielded before is complete.
 */
export async function* visualize(
  images: readonly (ImageInput | string)[],
  options: VisualizeOptions = {},
): AsyncGenerator<PictureEvent | FailedImage> {
  const {kind} = planPicture(options.kind, options.methods)
  checkOptions(kind, images.length, options)
  const place = await planOutput(options.out)
  const inputs = images.map((image) => (typeof image === 'string' ? {path: image} : image))
  const names = new OutputNames(inputs.map(({path}) => path))
  if (kind === 'frequency' && images.length === 0) {
    yield await write(drawFrequencyChart(await vocabularyFacts(options.vocab)), summaryFile(place, names, kind), [
      {kind, image: null},
    ])
    return
  }
  const viewer = await loadPatchViewer(options)
  try {
    const draw = {viewer, place, names, options, inputs, memory: {}}
    if (kind === 'words' || kind === 'frequency') yield* drawWords(draw)
    else if (place.kind === 'file' && images.length > 1) yield* drawSheets(draw, place.path)
    else yield* drawEach(draw)
  } finally {
    await viewer.release()
  }
}

type Work = {
  readonly viewer: PatchViewer
  readonly place: OutputPlace
  readonly names: OutputNames
  readonly options: VisualizeOptions
  readonly inputs: readonly ImageInput[]
  readonly memory: CanvasMemory
}

async function* drawEach({
  viewer,
  place,
  names,
  options,
  inputs,
  memory,
}: Work): AsyncGenerator<PictureEvent | FailedImage> {
  const {kind} = viewer
  const book = new ColourBook()
  for await (const photo of viewer.view(inputs, options)) {
    options.onImage?.(photo.path)
    if (isFailed(photo)) {
      yield photo
      continue
    }
    const drawing = await drawOne(photo, kind, {...options, book})
    const path = place.kind === 'file' ? names.page(place.path, 1) : names.inFolder(place.path, photo.path, kind)
    yield await write(drawing, path, [{kind, image: photo.path}], memory)
  }
}

function drawOne(
  photo: ViewedPhoto,
  kind: PictureKind,
  options: PictureOptions & {readonly overlay?: boolean | undefined},
): Promise<Drawing> {
  if (kind === 'compare') return drawComparison(photo, options)
  if (kind === 'words' || kind === 'frequency') throw new BugError(`${kind} is no picture of one photo.`)
  return options.overlay ? drawOverlay(photo, kind, options) : drawPicture(photo, kind, options)
}

async function* drawSheets(
  {viewer, names, options, inputs, memory}: Work,
  path: string,
): AsyncGenerator<PictureEvent | FailedImage> {
  const {kind} = viewer
  const book = new ColourBook()
  let page: {entry: SheetEntry; image: string}[] = []
  let number = 0
  const finish = () => {
    number += 1
    const drawing = drawContactSheet(page.map(({entry}) => entry))
    const on = page.map(({image}) => ({kind, image}))
    page = []
    return write(drawing, names.page(path, number), on, memory)
  }
  try {
    for await (const photo of viewer.view(inputs, options)) {
      options.onImage?.(photo.path)
      if (isFailed(photo)) yield photo
      else page.push({entry: await sheetEntry(photo, kind, {layers: options.layers, book}), image: photo.path})
      if (page.length === PHOTOS_PER_PAGE) yield await finish()
    }
  } catch (error) {
    // What was seen before an interruption is kept.
    if (page.length > 0) yield await finish()
    throw error
  }
  if (page.length > 0) yield await finish()
}

async function* drawWords(work: Work): AsyncGenerator<PictureEvent | FailedImage> {
  const {viewer, options, inputs} = work
  const usage = new WordUsage(viewer.normalization, options.seed)
  try {
    for await (const photo of viewer.view(inputs, options)) {
      options.onImage?.(photo.path)
      if (isFailed(photo)) yield photo
      else usage.add(photo)
    }
  } catch (error) {
    // What was counted before an interruption is drawn.
    if (usage.images > 0) yield await writeWords(work, usage)
    throw error
  }
  if (usage.images > 0) yield await writeWords(work, usage)
}

async function writeWords({viewer, place, names, options}: Work, usage: WordUsage): Promise<PictureEvent> {
  const {kind} = viewer
  const vocabulary = await openVocabulary(viewer.vocab!)
  const drawing =
    kind === 'words'
      ? drawWordSheet(vocabulary, usage, options.top ?? DEFAULT_TOP)
      : drawFrequencyChart({
          name: vocabulary.name,
          counts: usage.counts(vocabulary.wordCount),
          source: `${viewer.plan.methods[0]!.text}, ${plural(usage.images, 'image')}`,
          details: usageDetails(usage, vocabulary.wordCount),
        })
  return write(drawing, summaryFile(place, names, kind), [{kind, image: null}])
}

/** Words on a sheet. */
export const DEFAULT_TOP = 12

function usageDetails(usage: WordUsage, wordCount: number): string[] {
  const matched = usage.counts(wordCount).reduce((sum, count) => sum + count, 0)
  const mean = usage.wordsPerImage.reduce((sum, count) => sum + count, 0) / usage.images
  return [
    `${matched.toLocaleString('en-US')} of ${usage.patches.toLocaleString('en-US')} patches matched`,
    `${mean.toFixed(1)} words in an image`,
  ]
}

/** @throws {UsageError} `vocab-counts`: the vocabulary does not know how often its words were seen. */
async function vocabularyFacts(nameOrFile = DEFAULT_VOCABULARY) {
  const {name, counts, images} = await openVocabulary(nameOrFile)
  if (counts.every((count) => count === 0n)) {
    throw new UsageError(`${name} does not say how often its words were seen: count them over images.`, {
      code: 'vocab-counts',
      suggestions: [`vwt visualize IMAGE... --kind frequency --vocab ${nameOrFile}`],
    })
  }
  const from =
    images === null
      ? 'as counted when they were learned'
      : `as counted over the ${images.toLocaleString('en-US')} images they were learned from`
  return {name, counts: Array.from(counts, Number), source: from}
}

function summaryFile(place: OutputPlace, names: OutputNames, kind: PictureKind): string {
  return place.kind === 'file' ? names.page(place.path, 1) : names.inFolder(place.path, 'visual-words', kind)
}

async function write(
  drawing: Drawing,
  path: string,
  pictures: readonly Omit<WrittenPicture, 'path'>[],
  memory?: CanvasMemory,
): Promise<PictureEvent> {
  const bytes = await encodeDrawing(drawing, formatOfName(path) ?? 'png', memory)
  await writeAtomically(path, async (handle) => handle.writeFile(bytes))
  return {pictures: pictures.map((picture) => ({path, ...picture})), bytes}
}

/** Settings that the kind has no use for are mistakes. @throws {UsageError} */
function checkOptions(kind: PictureKind, imageCount: number, {layers, overlay, top, scale}: VisualizeOptions): void {
  if (imageCount === 0 && kind !== 'frequency') {
    throw new UsageError(`The kind ${kind} needs at least one image: a file, a folder, a glob or - for stdin.`, {
      code: 'image-none',
    })
  }
  const isOverPhoto = kind === 'match' || kind === 'drop' || kind === 'merge'
  const misplaced = [
    ['--layers', layers !== undefined && kind !== 'merge' && kind !== 'compare', 'merge and compare'],
    ['--overlay', overlay === true && !isOverPhoto, 'match, drop and merge'],
    ['--top', top !== undefined && kind !== 'words', 'words'],
    ['--scale', scale !== undefined && !isOverPhoto && kind !== 'compare', 'match, drop, merge and compare'],
  ] as const
  const found = misplaced.find(([, isGiven]) => isGiven)
  if (!found) return
  throw new UsageError(`${found[0]} goes with the kinds ${found[2]}, but the kind is ${kind}.`, {
    code: 'kind-flag',
    suggestions: [`Leave ${found[0]} out.`],
  })
}
