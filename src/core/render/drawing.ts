/** A picture as plain marks on whole pixels: what is drawn, apart from how it becomes PNG, WebP or SVG. */

/** Red, green, blue, 0 to 255, sRGB. */
export type Rgb = readonly [number, number, number]

/** RGB, 8 bits, row by row from the top left: `data[(y * width + x) * 3 + channel]`. */
export type Pixels = {readonly data: Uint8Array; readonly width: number; readonly height: number}

/** In whole pixels of the picture. */
export type Box = {readonly left: number; readonly top: number; readonly width: number; readonly height: number}

/** Points of one open line, `x, y, x, y, …`, in pixels; the centre of the first pixel is at 0.5, 0.5. */
export type Line = readonly number[]

export type Mark =
  /** Drawn one to one, never resized. */
  | {readonly kind: 'pixels'; readonly left: number; readonly top: number; readonly pixels: Pixels}
  /** `opacity` from 0 to 1, default 1. */
  | {readonly kind: 'rect'; readonly box: Box; readonly colour: Rgb; readonly opacity?: number}
  /** Lines with round ends and joints, smoothed at their edges: lettering and curves. */
  | {readonly kind: 'lines'; readonly lines: readonly Line[]; readonly widthPx: number; readonly colour: Rgb}

/** Marks cover each other in this order. */
export type Drawing = {
  readonly width: number
  readonly height: number
  /** Null leaves what no mark covers transparent. */
  readonly background: Rgb | null
  readonly marks: readonly Mark[]
}

export const WHITE: Rgb = [255, 255, 255]
export const INK: Rgb = [31, 35, 40]
export const PALE_INK: Rgb = [101, 109, 118]

export function rect(left: number, top: number, right: number, bottom: number, colour: Rgb, opacity = 1): Mark {
  return {kind: 'rect', box: {left, top, width: right - left, height: bottom - top}, colour, opacity}
}

/** The marks at another place. */
export function moved(marks: readonly Mark[], x: number, y: number): Mark[] {
  return marks.map((mark) => {
    if (mark.kind === 'pixels') return {...mark, left: mark.left + x, top: mark.top + y}
    if (mark.kind === 'rect') return {...mark, box: {...mark.box, left: mark.box.left + x, top: mark.box.top + y}}
    const lines = mark.lines.map((line) => line.map((value, index) => value + (index % 2 === 0 ? x : y)))
    return {...mark, lines}
  })
}
