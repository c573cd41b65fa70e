/** Text becomes lines: the same on every machine, without fonts of the system. */
import {BugError} from '../base/errors.js'
import type {Line, Mark, Rgb} from './drawing.js'
import {INK} from './drawing.js'
import {type Glyph, glyphOf} from './glyphs.js'

/** Units of the glyphs in one em. */
const EM = 20
/** Between letters, in units. */
const SPACING = 3.7
const WEIGHTS = {regular: 1.75, bold: 2.5} as const
/** Height of a line of text over its size. */
export const LINE_HEIGHT = 1.4

export type TextStyle = {
  /** Of one em, in pixels; capitals are 0.7 of it. */
  readonly sizePx: number
  readonly weight?: keyof typeof WEIGHTS
  readonly colour?: Rgb
  /** Where `x` is: at the start, middle or end of the text. */
  readonly align?: 'start' | 'middle' | 'end'
}

/** One line of text. @param baseline y of the baseline, in pixels. */
export function text(content: string, x: number, baseline: number, style: TextStyle): Mark {
  const {sizePx, weight = 'regular', colour = INK, align = 'start'} = style
  const unit = sizePx / EM
  const width = textWidth(content, sizePx)
  let cursor = align === 'start' ? x : align === 'middle' ? x - width / 2 : x - width
  const lines: Line[] = []
  for (const character of content) {
    const glyph = glyphOf(character)
    for (const line of linesOf(glyph, unit)) {
      lines.push(line.map((value, index) => value + (index % 2 === 0 ? cursor : baseline)))
    }
    cursor += (glyph.width + SPACING) * unit
  }
  return {kind: 'lines', lines, widthPx: Math.max(1, WEIGHTS[weight] * unit), colour}
}

/** In pixels, from the first stroke to the last. */
export function textWidth(content: string, sizePx: number): number {
  const units = [...content].reduce((sum, character) => sum + glyphOf(character).width + SPACING, 0)
  return (Math.max(0, units - SPACING) * sizePx) / EM
}

/** The text, shortened with … at its end, or in its middle for names whose end matters too, to fit `widthPx`. */
export function fitText(content: string, widthPx: number, sizePx: number, keep: 'start' | 'ends' = 'start'): string {
  if (textWidth(content, sizePx) <= widthPx) return content
  const characters = [...content]
  for (let kept = characters.length - 1; kept > 0; kept -= 1) {
    const tail = keep === 'ends' ? Math.floor(kept / 2) : 0
    const head = characters
      .slice(0, kept - tail)
      .join('')
      .trimEnd()
    const cut = `${head}…${tail > 0 ? characters.slice(-tail).join('') : ''}`
    if (textWidth(cut, sizePx) <= widthPx) return cut
  }
  return '…'
}

/** The strokes of a glyph at the origin, in pixels. */
function linesOf({path}: Glyph, unit: number): number[][] {
  const words = path.split(' ').filter(Boolean)
  const lines: number[][] = []
  let isOpen = false
  const draw = (points: readonly number[]) => {
    if (isOpen) lines.at(-1)!.push(...points)
    else lines.push([...points])
    isOpen = true
  }
  for (let at = 0; at < words.length; ) {
    const command = words[at]!
    const count = {M: 2, L: 2, A: 6, O: 4}[command]
    if (count === undefined) throw new BugError(`The glyph path "${path}" has ${command} where a command should be.`)
    const numbers = words.slice(at + 1, at + 1 + count).map((word) => Number(word))
    if (command === 'M' || command === 'O') isOpen = false
    draw(command === 'A' || command === 'O' ? arc(numbers, unit) : numbers.map((value) => value * unit))
    if (command === 'O') isOpen = false
    at += 1 + count
  }
  return lines
}

/** Points on an ellipse, near enough to each other that no corner shows. */
function arc(numbers: readonly number[], unit: number): number[] {
  const [cx, cy, rx, ry, from = 0, to = 360] = numbers as [number, number, number, number, number?, number?]
  const radians = (Math.abs(to - from) * Math.PI) / 180
  const steps = Math.max(4, Math.ceil(radians * Math.sqrt(Math.max(rx, ry) * unit) * 1.6))
  return Array.from({length: steps + 1}, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180
    return [(cx + rx * Math.cos(angle)) * unit, (cy + ry * Math.sin(angle)) * unit]
  }).flat()
}
