/**
 * Reads from a finished picture what it claims about every patch. Knows where panels and patches are from the size of
 * the photo alone and what a colour means from the caption of the picture; shares no code with what drew it.
 */
import sharp from 'sharp'

export type Image = {readonly data: Uint8Array; readonly width: number; readonly height: number}

/** Any picture file as RGB. */
export async function readImage(source: string | Uint8Array): Promise<Image> {
  const {data, info} = await sharp(source, {limitInputPixels: false})
    .removeAlpha()
    .raw()
    .toBuffer({resolveWithObject: true})
  return {data, width: info.width, height: info.height}
}

/** The panels of a page with one row: all as large as the photo, and the space between them that of the margins. */
export function panelsOf(page: Image, {width, height}: {width: number; height: number}, count: number): Image[] {
  const margin = (page.width - count * width) / (count + 1)
  if (!Number.isInteger(margin) || margin < 1) throw new Error(`${count} panels of ${width} do not fit ${page.width}.`)
  return Array.from({length: count}, (_, index) => cut(page, margin + index * (width + margin), margin, width, height))
}

export function cut(image: Image, left: number, top: number, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    const from = ((top + y) * image.width + left) * 3
    data.set(image.data.subarray(from, from + width * 3), y * width * 3)
  }
  return {data, width, height}
}

export type Box = {readonly left: number; readonly top: number; readonly right: number; readonly bottom: number}

/**
 * The patches of a model on a photo, in raster order, as the VWT paper prepares photos: squashed to 256 × 256, of which
 * the middle 224 × 224 are cut into patches of 16.
 */
export function patchBoxes({width, height}: {width: number; height: number}, scale: number): Box[] {
  const edges = (length: number) =>
    Array.from({length: 15}, (_, index) => Math.round(((16 + 16 * index) * Math.round(length * scale)) / 256))
  const [xs, ys] = [edges(width), edges(height)]
  return Array.from({length: 196}, (_, index) => {
    const [row, column] = [Math.floor(index / 14), index % 14]
    return {left: xs[column]!, top: ys[row]!, right: xs[column + 1]!, bottom: ys[row + 1]!}
  })
}

/** `photo`: as it is; `faded`: dropped; otherwise one colour all over, as `r,g,b`; `?` is none of these. */
export type Look = 'photo' | 'faded' | '?' | (string & {})

/** How the inner part of each patch looks, lines at its edge left aside. */
export function looksOf(panel: Image, photo: Image, boxes: readonly Box[]): Look[] {
  return boxes.map(({left, top, right, bottom}) => {
    const [insetX, insetY] = [Math.ceil((right - left) / 6), Math.ceil((bottom - top) / 6)]
    let [isPhoto, isFaded, isFlat] = [true, true, true]
    const first = pixelAt(panel, left + insetX, top + insetY)
    for (let y = top + insetY; y < bottom - insetY; y += 1) {
      for (let x = left + insetX; x < right - insetX; x += 1) {
        const [shown, below] = [pixelAt(panel, x, y), pixelAt(photo, x, y)]
        isPhoto &&= same(shown, below)
        isFaded &&= shown.every(
          (value, channel) => Math.abs(value - (0.2 * below[channel]! + 0.8 * GREY[channel]!)) <= 0.51,
        )
        isFlat &&= same(shown, first)
      }
    }
    return isPhoto ? 'photo' : isFaded ? 'faded' : isFlat ? first.join() : '?'
  })
}

const GREY = [128, 132, 138]

/**
 * Merged tokens, told by their lines: patches without a line between them are one part, and parts whose lines have one
 * colour are one token. A patch of a photo that is flat there looks the same merged or not: the lines decide.
 * @returns for each patch the colour of its token's line, or its look.
 */
export function mergedTokens(panel: Image, photo: Image, boxes: readonly Box[], columns: number): string[] {
  const looks = looksOf(panel, photo, boxes)
  const flat = looksOf(photo, {...photo, data: photo.data.map((level) => 255 - level)}, boxes)
  const mayBeMerged = (patch: number) =>
    looks[patch] !== 'faded' && (looks[patch] !== 'photo' || !['?', 'faded'].includes(flat[patch]!))
  const lines = boxes.map((box, patch) => (mayBeMerged(patch) ? sideLines(panel, photo, box) : []))
  const joined = boxes.map((_, patch) => {
    const others = [
      [patch - columns, patch >= columns],
      [patch + columns, patch + columns < boxes.length],
      [patch - 1, patch % columns > 0],
      [patch + 1, patch % columns < columns - 1],
    ] as const
    // Sides are top, bottom, left, right: the one across is the other of its pair.
    return others.flatMap(([other, isInside], side) => {
      const isOpen =
        isInside && mayBeMerged(patch) && mayBeMerged(other) && !lines[patch]![side] && !lines[other]![side ^ 1]
      return isOpen ? [other] : []
    })
  })
  return boxes.map((_, patch) => {
    const look = looks[patch]!
    if (!mayBeMerged(patch)) return look
    return (
      lineAround(
        patch,
        lines.map((sides) => sides.find(Boolean)),
        joined,
      ) ?? (look === 'photo' ? 'photo' : '?')
    )
  })
}

/**
 * Colours of the lines at the top, bottom, left and right of a patch of one colour, undefined where there is none: there
 * the picture has the colour of the middle, or what the photo has.
 */
function sideLines(panel: Image, photo: Image, {left, top, right, bottom}: Box): (string | undefined)[] {
  const [x, y] = [Math.floor((left + right) / 2), Math.floor((top + bottom) / 2)]
  const middle = pixelAt(panel, x, y)
  const sides = [
    [x, top],
    [x, bottom - 1],
    [left, y],
    [right - 1, y],
  ] as const
  return sides.map(([sideX, sideY]) => {
    const side = pixelAt(panel, sideX, sideY)
    return same(side, middle) || same(side, pixelAt(photo, sideX, sideY)) ? undefined : side.join()
  })
}

function lineAround(
  start: number,
  line: readonly (string | undefined)[],
  joined: readonly number[][],
): string | undefined {
  const seen = new Set([start])
  for (const patch of seen) {
    if (line[patch] !== undefined) return line[patch]
    for (const other of joined[patch]!) seen.add(other)
  }
  return undefined
}

export function pixelAt({data, width}: Image, x: number, y: number): number[] {
  const at = (y * width + x) * 3
  return [data[at]!, data[at + 1]!, data[at + 2]!]
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2]
}

/** Fails unless equal numbers go with equal looks and different numbers with different ones; returns what is wrong. */
export function mismatches(
  numbers: readonly number[],
  looks: readonly string[],
  known = new Map<number, string>(),
): string[] {
  const owners = new Map([...known].map(([number, look]) => [look, number]))
  return numbers.flatMap((number, place) => {
    const look = looks[place]!
    const expected = known.get(number)
    const owner = owners.get(look)
    if (expected === undefined && owner === undefined) {
      known.set(number, look)
      owners.set(look, number)
      return []
    }
    return expected === look ? [] : [`patch ${place}: ${number} looks ${look}, which is ${owner}, not ${expected}`]
  })
}
