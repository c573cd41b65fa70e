/** The layers a background is made of, in a frame of 224 × 224 units. */
import type {Random} from '../../base/random.js'
import {rounded as r} from './sketch.js'

export const FRAME = 224

/** `defs` go into the SVG's definitions, `body` is painted below the objects. */
export type Backdrop = {readonly defs: string; readonly body: string}

/** A fractal noise laid over a band of the frame in one colour. */
export type Texture = {
  readonly colour: string
  readonly frequencyX: number
  readonly frequencyY: number
  readonly octaves: number
  /** Contrast of the noise and how much of it is cut off, both in units of opacity. */
  readonly gain: number
  readonly cut: number
  readonly top: number
}

/** A vertical gradient definition. */
export function gradient(id: string, top: string, bottom: string): string {
  return (
    `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">` +
    `<stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient>`
  )
}

/** The frame from `top` down, painted with the definition `id`. */
export function ground(id: string, defs: string, top: number): Backdrop {
  return {defs, body: `<rect y="${r(top)}" width="${FRAME}" height="${r(FRAME - top)}" fill="url(#${id})"/>`}
}

/** The noise `look`, as a filter of its own. */
export function texture(id: string, random: Random, look: Texture): Backdrop {
  const [red, green, blue] = [1, 3, 5].map((at) => r(Number.parseInt(look.colour.slice(at, at + 2), 16) / 255))
  const seed = Math.floor(random() * 10_000)
  const defs =
    `<filter id="${id}" filterUnits="userSpaceOnUse" x="0" y="${r(look.top)}" width="${FRAME}" height="${r(FRAME - look.top)}" ` +
    'color-interpolation-filters="sRGB">' +
    `<feTurbulence type="fractalNoise" baseFrequency="${roundedFine(look.frequencyX)} ${roundedFine(look.frequencyY)}" ` +
    `numOctaves="${look.octaves}" seed="${seed}"/>` +
    `<feColorMatrix values="0 0 0 0 ${red} 0 0 0 0 ${green} 0 0 0 0 ${blue} ${r(look.gain)} 0 0 0 ${r(-look.cut)}"/></filter>`
  return {
    defs,
    body: `<rect y="${r(look.top)}" width="${FRAME}" height="${r(FRAME - look.top)}" filter="url(#${id})"/>`,
  }
}

function roundedFine(value: number): string {
  return String(Math.round(value * 10_000) / 10_000)
}

/** Lays backdrops over each other, the first at the bottom. */
export function stack(layers: readonly Backdrop[]): Backdrop {
  return {defs: layers.map((layer) => layer.defs).join(''), body: layers.map((layer) => layer.body).join('')}
}
