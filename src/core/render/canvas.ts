/** Marks become pixels. Rectangles and images land on whole pixels, so a patch keeps its sharp edge and exact colour. */
import {checkInternal} from '../base/check.js'
import type {Box, Drawing, Line, Mark, Pixels, Rgb} from './drawing.js'

/** Row by row from the top left; 3 channels, or 4 with alpha (not premultiplied) where the background is transparent. */
export type Raster = {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
}

/** Pixels that are used again for the next picture: fresh memory costs a large one more time than filling it. */
export type CanvasMemory = {data?: Uint8Array}

/**
 * @param memory taken for the pixels, and made larger where needed; the raster before is overwritten.
 * @throws {BugError} a rectangle or image does not lie on whole pixels.
 */
export function rasterize({width, height, background, marks}: Drawing, memory: CanvasMemory = {}): Raster {
  const channels = background ? 3 : 4
  const length = width * height * channels
  if (memory.data === undefined || memory.data.length < length) memory.data = new Uint8Array(length)
  const raster: Raster = {data: memory.data.subarray(0, length), width, height, channels}
  if (!background) raster.data.fill(0)
  else if (background.every((value) => value === background[0])) raster.data.fill(background[0])
  else fillRect(raster, {left: 0, top: 0, width, height}, background, 1)
  for (const mark of marks) draw(raster, mark)
  return raster
}

function draw(raster: Raster, mark: Mark): void {
  if (mark.kind === 'pixels') drawPixels(raster, mark.pixels, mark.left, mark.top)
  else if (mark.kind === 'rect') fillRect(raster, mark.box, mark.colour, mark.opacity ?? 1)
  else drawLines(raster, mark.lines, mark.widthPx, mark.colour)
}

function drawPixels(raster: Raster, pixels: Pixels, left: number, top: number): void {
  checkInternal(Number.isInteger(left) && Number.isInteger(top), `An image lies at ${left}, ${top}.`)
  const {data, width, height, channels} = raster
  const [from, until] = [Math.max(0, -left), Math.min(pixels.width, width - left)]
  if (from >= until) return
  for (let y = Math.max(0, -top); y < Math.min(pixels.height, height - top); y += 1) {
    const row = pixels.data.subarray((y * pixels.width + from) * 3, (y * pixels.width + until) * 3)
    const to = ((y + top) * width + left + from) * channels
    if (channels === 3) data.set(row, to)
    else
      for (let x = 0; x < until - from; x += 1) {
        data.set(row.subarray(x * 3, x * 3 + 3), to + x * 4)
        data[to + x * 4 + 3] = 255
      }
  }
}

function fillRect(raster: Raster, box: Box, colour: Rgb, opacity: number): void {
  checkInternal(Object.values(box).every(Number.isInteger), `A rectangle lies at ${JSON.stringify(box)}.`)
  const {width, height} = raster
  const [left, right] = [Math.max(0, box.left), Math.min(width, box.left + box.width)]
  const [top, bottom] = [Math.max(0, box.top), Math.min(height, box.top + box.height)]
  if (left >= right || top >= bottom || opacity <= 0) return
  if (opacity >= 1) fillOpaque(raster, {left, right, top, bottom}, colour)
  else if (raster.channels === 3) blendOpaque(raster, {left, right, top, bottom}, colour, opacity)
  else
    for (let y = top; y < bottom; y += 1)
      for (let x = left; x < right; x += 1) blendPixel(raster, x, y, colour, opacity)
}

type Edges = {readonly left: number; readonly right: number; readonly top: number; readonly bottom: number}

function fillOpaque({data, width, channels}: Raster, {left, right, top, bottom}: Edges, colour: Rgb): void {
  const row = new Uint8Array((right - left) * channels)
  for (let at = 0; at < row.length; at += channels) {
    row[at] = colour[0]
    row[at + 1] = colour[1]
    row[at + 2] = colour[2]
    if (channels === 4) row[at + 3] = 255
  }
  for (let y = top; y < bottom; y += 1) data.set(row, (y * width + left) * channels)
}

/** Each channel by a table of its 256 mixtures: large areas outside the crop go through here. */
function blendOpaque({data, width}: Raster, {left, right, top, bottom}: Edges, colour: Rgb, opacity: number): void {
  const [red, green, blue] = colour.map((value) => mixtures(value, opacity)) as [Uint8Array, Uint8Array, Uint8Array]
  for (let y = top; y < bottom; y += 1) {
    const end = (y * width + right) * 3
    for (let at = (y * width + left) * 3; at < end; at += 3) {
      data[at] = red[data[at]!]!
      data[at + 1] = green[data[at + 1]!]!
      data[at + 2] = blue[data[at + 2]!]!
    }
  }
}

function mixtures(value: number, opacity: number): Uint8Array {
  return Uint8Array.from({length: 256}, (_, under) => mix(under, value, opacity))
}

/** What a channel becomes under a colour of that opacity, rounded to a whole level. */
export function mix(under: number, over: number, opacity: number): number {
  return Math.round(under + (over - under) * opacity)
}

function blendPixel({data, width, channels}: Raster, x: number, y: number, colour: Rgb, opacity: number): void {
  const at = (y * width + x) * channels
  const alpha = channels === 4 ? data[at + 3]! / 255 : 1
  const covered = opacity + alpha * (1 - opacity)
  if (covered <= 0) return
  for (let channel = 0; channel < 3; channel += 1) {
    data[at + channel] = mix(data[at + channel]!, colour[channel]!, opacity / covered)
  }
  if (channels === 4) data[at + 3] = Math.round(covered * 255)
}

/** A pixel is covered by as much as its centre lies inside the line's edge; lines of one mark do not add up. */
function drawLines(raster: Raster, lines: readonly Line[], widthPx: number, colour: Rgb): void {
  const reach = widthPx / 2 + 0.5
  const area = boundsOf(lines, reach, raster)
  const [columns, rows] = [area.right - area.left, area.bottom - area.top]
  if (columns <= 0 || rows <= 0) return
  const cover = new Float32Array(columns * rows)
  for (const line of lines) {
    for (let at = 0; at + 1 < line.length; at += 2) {
      const next = Math.min(at + 2, line.length - 2)
      if (next === at && at > 0) continue
      coverSegment(cover, area, [line[at]!, line[at + 1]!, line[next]!, line[next + 1]!], reach)
    }
  }
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      const covered = cover[y * columns + x]!
      if (covered > 0) blendPixel(raster, area.left + x, area.top + y, colour, covered)
    }
  }
}

function boundsOf(lines: readonly Line[], reach: number, {width, height}: Raster): Edges {
  const bounds = {left: width, right: 0, top: height, bottom: 0}
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 2) {
      bounds.left = Math.max(0, Math.min(bounds.left, Math.floor(line[at]! - reach)))
      bounds.right = Math.min(width, Math.max(bounds.right, Math.ceil(line[at]! + reach)))
      bounds.top = Math.max(0, Math.min(bounds.top, Math.floor(line[at + 1]! - reach)))
      bounds.bottom = Math.min(height, Math.max(bounds.bottom, Math.ceil(line[at + 1]! + reach)))
    }
  }
  return bounds
}

type Segment = readonly [x1: number, y1: number, x2: number, y2: number]

function coverSegment(cover: Float32Array, area: Edges, [x1, y1, x2, y2]: Segment, reach: number): void {
  const columns = area.right - area.left
  const [dx, dy] = [x2 - x1, y2 - y1]
  const squared = dx * dx + dy * dy
  const [left, right] = [Math.floor(Math.min(x1, x2) - reach), Math.ceil(Math.max(x1, x2) + reach)]
  const [top, bottom] = [Math.floor(Math.min(y1, y2) - reach), Math.ceil(Math.max(y1, y2) + reach)]
  const [firstX, lastX] = [Math.max(area.left, left), Math.min(area.right, right)]
  for (let y = Math.max(area.top, top); y < Math.min(area.bottom, bottom); y += 1) {
    const py = y + 0.5 - y1
    let place = (y - area.top) * columns + firstX - area.left
    for (let x = firstX; x < lastX; x += 1, place += 1) {
      const px = x + 0.5 - x1
      const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squared))
      const [offX, offY] = [px - along * dx, py - along * dy]
      // The square root of what lies too far off is never taken.
      const distance = offX * offX + offY * offY
      if (distance >= reach * reach) continue
      const covered = Math.min(1, reach - Math.sqrt(distance))
      if (covered > cover[place]!) cover[place] = covered
    }
  }
}
