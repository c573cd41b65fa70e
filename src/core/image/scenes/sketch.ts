/**
 * A pen that collects the paths of one drawing. Shapes are written in a box of about 100 × 100 units around the
 * origin, facing right, y downward, with absolute M, L, C, Q and Z only; a smooth warp drawn from the seed bends
 * every point, so that no two drawings of a noun are alike.
 */
import {type Random, seededRandom} from '../../base/random.js'
import {between, type Palette} from './colours.js'

/** A tone of the object's palette, or any colour SVG knows. */
export type Tone = 'body' | 'light' | 'shade' | 'dark' | Hex
type Hex = `#${string}`

type Mark = {
  readonly path: string
  readonly tone: Tone
  /** Stroke width in units; without it the path is filled. */
  readonly lineWidth?: number
  /** Part of the silhouette, hence outlined. */
  readonly outlined: boolean
  /** Set off from the parts behind it by a thin dark edge. */
  readonly edged: boolean
}

/** Extent of the silhouette, in units. */
export type Box = {readonly left: number; readonly top: number; readonly right: number; readonly bottom: number}

/** How far the warp may go: proportions as fractions, waves in units. */
export type Warp = {readonly stretch: number; readonly shear: number; readonly wave: number}

export class Sketch {
  readonly random: Random
  readonly #marks: Mark[] = []
  readonly #warp: (x: number, y: number) => [number, number]
  readonly #box = {left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity}

  constructor(seed: number, warp: Warp) {
    this.random = seededRandom(seed)
    this.#warp = planWarp(this.random, warp)
  }

  between(min: number, max: number): number {
    return between(this.random, min, max)
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  /** A filled part of the silhouette. */
  fill(path: string, tone: Tone = 'body'): void {
    this.#add(path, tone, {outlined: true, edged: true})
  }

  /** A filled part that grows out of the one behind it without an edge: a near leg. */
  blend(path: string, tone: Tone = 'body'): void {
    this.#add(path, tone, {outlined: true, edged: false})
  }

  /** A thick line that is part of the silhouette: a tail, an antler. */
  line(path: string, lineWidth: number, tone: Tone = 'body'): void {
    this.#add(path, tone, {outlined: true, edged: false, lineWidth})
  }

  /** A filled detail inside the silhouette. */
  detail(path: string, tone: Tone): void {
    this.#add(path, tone, {outlined: false, edged: false})
  }

  /** A thin line inside the silhouette. */
  stroke(path: string, lineWidth: number, tone: Tone): void {
    this.#add(path, tone, {outlined: false, edged: false, lineWidth})
  }

  get box(): Box {
    return this.#box
  }

  /** The drawing as SVG elements; `outlineWidth` in units. Expects a paint server `#body` for the body tone. */
  svg(palette: Palette, outlineWidth: number): string {
    const outline = this.#marks
      .filter((mark) => mark.outlined)
      .map(({path, lineWidth}) => {
        const fill = lineWidth === undefined ? '' : ' fill="none"'
        return `<path d="${path}"${fill} stroke-width="${rounded((lineWidth ?? 0) + 2 * outlineWidth)}"/>`
      })
    const marks = this.#marks.map(({path, tone, lineWidth, edged}) => {
      const colour = isHex(tone) ? tone : palette[tone]
      if (lineWidth !== undefined) {
        return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${rounded(lineWidth)}"/>`
      }
      const edge = edged ? ` stroke="${palette.dark}" stroke-width="0.7"` : ''
      return `<path d="${path}" fill="${tone === 'body' ? 'url(#body)' : colour}"${edge}/>`
    })
    return (
      `<g stroke-linejoin="round" stroke-linecap="round">` +
      `<g stroke="${palette.outline}" fill="${palette.outline}">${outline.join('')}</g>${marks.join('')}</g>`
    )
  }

  #add(path: string, tone: Tone, how: Omit<Mark, 'path' | 'tone'>): void {
    const warped = path.replaceAll(/(-?[\d.]+(?:e-?\d+)?)[ ,]+(-?[\d.]+(?:e-?\d+)?)/g, (_, xText, yText) => {
      const [x, y] = this.#warp(Number(xText), Number(yText))
      if (how.outlined) this.#grow(x, y, (how.lineWidth ?? 0) / 2)
      return `${rounded(x)} ${rounded(y)}`
    })
    this.#marks.push({path: warped, tone, ...how})
  }

  #grow(x: number, y: number, radius: number): void {
    const box = this.#box
    box.left = Math.min(box.left, x - radius)
    box.right = Math.max(box.right, x + radius)
    box.top = Math.min(box.top, y - radius)
    box.bottom = Math.max(box.bottom, y + radius)
  }
}

/** An ellipse as four curves, so that it bends with the drawing. */
export function ellipse(x: number, y: number, radiusX: number, radiusY = radiusX): string {
  const [kx, ky] = [radiusX * 0.5523, radiusY * 0.5523]
  return (
    `M ${x - radiusX} ${y} C ${x - radiusX} ${y - ky} ${x - kx} ${y - radiusY} ${x} ${y - radiusY} ` +
    `C ${x + kx} ${y - radiusY} ${x + radiusX} ${y - ky} ${x + radiusX} ${y} ` +
    `C ${x + radiusX} ${y + ky} ${x + kx} ${y + radiusY} ${x} ${y + radiusY} ` +
    `C ${x - kx} ${y + radiusY} ${x - radiusX} ${y + ky} ${x - radiusX} ${y} Z`
  )
}

function isHex(tone: Tone): tone is Hex {
  return tone.startsWith('#')
}

/** Two decimals, so that the text of an SVG is the same on every platform. */
export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100 + 0)
}

function planWarp(random: Random, {stretch, shear, wave}: Warp): (x: number, y: number) => [number, number] {
  const scaleX = between(random, 1 - stretch, 1 + stretch)
  const scaleY = between(random, 1 - stretch, 1 + stretch)
  const lean = between(random, -shear, shear)
  const waves = [0, 1].map(() => ({
    height: between(random, -wave, wave),
    rate: between(random, 0.03, 0.06),
    phase: between(random, 0, 2 * Math.PI),
  })) as [Wave, Wave]
  return (x, y) => [
    scaleX * (x + lean * y + waves[0].height * Math.sin(y * waves[0].rate + waves[0].phase)),
    scaleY * (y + waves[1].height * Math.sin(x * waves[1].rate + waves[1].phase)),
  ]
}

type Wave = {height: number; rate: number; phase: number}
