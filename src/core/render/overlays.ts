/** What lies over the photo: dropped patches faded, words in colours, merged regions in their mean. */
import {type Box, type Mark, type Pixels, type Rgb, rect, WHITE} from './drawing.js'
import {cropBox, neighbours, type PatchGrid, patchBox} from './grid.js'
import {lineWidth, outline} from './outline.js'
import type {ColourBook} from './palette.js'

/** A dropped patch keeps a trace of itself under this grey. */
export const FADE: Rgb = [128, 132, 138]
export const FADE_OPACITY = 0.8
/** Where dropped patches end, so that they stand out against grey photos too. */
const FADE_EDGE: Rgb = [88, 92, 98]
/** Where a word's patches end, so that they stand out against a photo of their own colour. */
const WORD_EDGE: Rgb = WHITE
/** What the model did not see is paler than what it saw. */
export const UNSEEN_OPACITY = 0.62

/** Lists run over the patches in raster order. */
export type PatchTokens = readonly number[]

/** Veils the photo outside the crop. */
export function unseenMarks(grid: PatchGrid, {width, height}: Pick<Pixels, 'width' | 'height'>): Mark[] {
  const {left, top, width: cropWidth, height: cropHeight} = cropBox(grid)
  const [right, bottom] = [left + cropWidth, top + cropHeight]
  const sides = [
    [0, 0, width, top],
    [0, bottom, width, height],
    [0, top, left, bottom],
    [right, top, width, bottom],
  ] as const
  return sides.flatMap(([x, y, endX, endY]) =>
    endX > x && endY > y ? [rect(x, y, endX, endY, WHITE, UNSEEN_OPACITY)] : [],
  )
}

/** @param tokens token of each patch, -1 = dropped. */
export function dropMarks(tokens: PatchTokens, grid: PatchGrid): Mark[] {
  const dropped = patchesWhere(tokens, (token) => token < 0)
  const isKept = (patch: number) => Number(tokens[patch]! >= 0)
  return [
    ...dropped.map((patch) => veil(patchBox(grid, patch))),
    ...outline(grid, dropped, isKept, {colour: FADE_EDGE, width: fineLine(grid)}),
  ]
}

/**
 * Each matched patch in the colour of its word, dropped ones faded, the others as they are.
 * @param words word of each patch, -1 = none.
 */
export function matchMarks(words: readonly number[], tokens: PatchTokens, grid: PatchGrid, book: ColourBook): Mark[] {
  introduceWords(words, grid, book)
  const matched = patchesWhere(words, (word) => word >= 0)
  return [
    ...dropMarks(tokens, grid),
    ...matched.map((patch) => fill(patchBox(grid, patch), book.colourOf(words[patch]!))),
    ...outline(grid, matched, (patch) => words[patch]!, {colour: WORD_EDGE, width: fineLine(grid)}),
  ]
}

/**
 * Each token that stands for several patches as one region: their mean colour (of the 8-bit values, as in the figures of
 * the ToMe paper) inside a thin line, whose colour is the same for all parts of the token and no other's. Single
 * patches stay as they are, dropped ones are faded.
 *
 * @param photo the picture below, at the grid's scale.
 */
export function mergeMarks(tokens: PatchTokens, grid: PatchGrid, photo: Pixels, book: ColourBook): Mark[] {
  const regions = regionsOf(tokens)
  const places = new Map(regions.map((patches, index) => [tokens[patches[0]!]!, index]))
  const beside = (index: number) =>
    new Set(
      regions[index]!.flatMap((patch) => neighbours(grid, patch).flatMap((other) => places.get(tokens[other]!) ?? [])),
    )
  book.introduce([...regions.keys()], beside)
  const width = lineWidth(grid)
  return [
    ...dropMarks(tokens, grid),
    ...regions.flatMap((patches, index) => {
      const colour = meanColour(
        photo,
        patches.map((patch) => patchBox(grid, patch)),
      )
      return [
        ...patches.map((patch) => fill(patchBox(grid, patch), colour)),
        ...outline(grid, patches, (patch) => tokens[patch]!, {colour: book.colourOf(index), width}),
      ]
    }),
  ]
}

/** Tokens of at least two patches, the largest first; of equal ones the one that begins earlier. */
export function regionsOf(tokens: PatchTokens): number[][] {
  const patches = new Map<number, number[]>()
  for (const [patch, token] of tokens.entries()) {
    if (token >= 0) patches.set(token, [...(patches.get(token) ?? []), patch])
  }
  return [...patches.values()].filter(({length}) => length > 1).sort((a, b) => b.length - a.length || a[0]! - b[0]!)
}

/** The words of an image choose their colours in the order of the patches they match, most first. */
function introduceWords(words: readonly number[], grid: PatchGrid, book: ColourBook): void {
  const counts = new Map<number, number>()
  const beside = new Map<number, Set<number>>()
  for (const [patch, word] of words.entries()) {
    if (word < 0) continue
    counts.set(word, (counts.get(word) ?? 0) + 1)
    const others = neighbours(grid, patch).map((other) => words[other]!)
    beside.set(word, new Set([...(beside.get(word) ?? []), ...others.filter((other) => other >= 0 && other !== word)]))
  }
  const order = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a - b)
  book.introduce(order, (word) => beside.get(word)!)
}

function meanColour({data, width, height}: Pixels, boxes: readonly Box[]): Rgb {
  const sums = [0, 0, 0] as [number, number, number]
  let count = 0
  for (const box of boxes) {
    const [left, right] = [Math.max(0, box.left), Math.min(width, box.left + box.width)]
    for (let y = Math.max(0, box.top); y < Math.min(height, box.top + box.height); y += 1) {
      const end = (y * width + right) * 3
      for (let at = (y * width + left) * 3; at < end; at += 3) {
        sums[0] += data[at]!
        sums[1] += data[at + 1]!
        sums[2] += data[at + 2]!
      }
      count += Math.max(0, right - left)
    }
  }
  return sums.map((sum) => Math.round(sum / Math.max(1, count))) as unknown as Rgb
}

function patchesWhere(values: readonly number[], holds: (value: number) => boolean): number[] {
  return values.flatMap((value, patch) => (holds(value) ? [patch] : []))
}

/** Half as strong as the lines of merged regions, which carry meaning in their colour. */
function fineLine(grid: PatchGrid): number {
  return Math.max(1, Math.round(lineWidth(grid) / 2))
}

function fill(box: Box, colour: Rgb): Mark {
  return {kind: 'rect', box, colour}
}

function veil(box: Box): Mark {
  return {kind: 'rect', box, colour: FADE, opacity: FADE_OPACITY}
}
