/** How different two colours look, to people who see all colours and to people who do not. */
import type {Rgb} from './drawing.js'

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

/**
 * What dichromats see, on linear RGB: no red, green or blue cones.
 * @see Machado, Oliveira and Fernandes, A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009,
 *   severity 1.0.
 */
const DICHROMATS: readonly Matrix[] = [
  [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
]

/** A colour as four kinds of eyes see it: four OKLab triples, one behind the other. */
export type Appearance = Float64Array

export function appearanceOf(colour: Rgb): Appearance {
  const linear = colour.map((value) => toLinear(value / 255)) as unknown as Triple
  const seen = [linear, ...DICHROMATS.map((matrix) => clipped(times(matrix, linear)))]
  return Float64Array.from(seen.flatMap(oklabOf))
}

/**
 * The distance that remains for whom it is smallest, in OKLab (Björn Ottosson, 2020): black and white are 1 apart; from
 * about 0.02 two areas side by side can be told apart.
 */
export function leastDistance(a: Appearance, b: Appearance): number {
  let least = Number.POSITIVE_INFINITY
  for (let at = 0; at < a.length; at += 3) {
    const [lightness, greenRed, blueYellow] = [a[at]! - b[at]!, a[at + 1]! - b[at + 1]!, a[at + 2]! - b[at + 2]!]
    least = Math.min(least, lightness * lightness + greenRed * greenRed + blueYellow * blueYellow)
  }
  return Math.sqrt(least)
}

/** The sRGB colour of an OKLab lightness (0 to 1), chroma and hue (radians); undefined outside sRGB. */
export function rgbOfOklch(lightness: number, chroma: number, hue: number): Rgb | undefined {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const linear: Triple = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  if (linear.some((value) => value < 0 || value > 1)) return undefined
  return linear.map((value) => Math.round(fromLinear(value) * 255)) as unknown as Rgb
}

function oklabOf([red, green, blue]: Triple): number[] {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function times(matrix: Matrix, [x, y, z]: Triple): Triple {
  return matrix.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Triple
}

function clipped(colour: Triple): Triple {
  return colour.map((value) => Math.min(1, Math.max(0, value))) as unknown as Triple
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

function fromLinear(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055
}
