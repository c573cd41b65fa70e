/** Colours of scenes: a jittered yet unambiguous shade of each colour word, and the tones drawn from it. */
import type {Random} from '../../base/random.js'
import type {SceneBackground, SceneColour} from './words.js'

/** Hex colours of one object: `body` is what its colour word names, the others are its light and shadow. */
export type Palette = {
  readonly body: string
  readonly light: string
  readonly shade: string
  readonly dark: string
  /** Around the silhouette, so that no object drowns in its background. */
  readonly outline: string
}

type Range = readonly [number, number]
/** Hue in degrees (may pass 360), saturation and lightness in percent. */
const RANGES: Record<SceneColour, {hue: Range; saturation: Range; lightness: Range}> = {
  red: {hue: [351, 363], saturation: [76, 92], lightness: [42, 51]},
  orange: {hue: [23, 31], saturation: [92, 100], lightness: [49, 55]},
  yellow: {hue: [50, 57], saturation: [90, 100], lightness: [50, 60]},
  green: {hue: [122, 148], saturation: [58, 80], lightness: [29, 38]},
  blue: {hue: [216, 232], saturation: [74, 92], lightness: [41, 53]},
  purple: {hue: [274, 289], saturation: [50, 70], lightness: [39, 49]},
  white: {hue: [0, 360], saturation: [0, 8], lightness: [94, 99]},
  black: {hue: [0, 360], saturation: [0, 8], lightness: [8, 14]},
}
/** Lightness added to `body`, in percent points; white cannot get lighter nor black darker. */
const STEPS = {
  usual: {light: 13, shade: -10, dark: -19},
  white: {light: 2, shade: -12, dark: -26},
  black: {light: 20, shade: 9, dark: 17},
}

export function planPalette(random: Random, colour: SceneColour, background: SceneBackground): Palette {
  const range = RANGES[colour]
  const [hue, saturation, lightness] = [range.hue, range.saturation, range.lightness].map(([low, high]) =>
    between(random, low, high),
  ) as [number, number, number]
  const step = colour === 'white' || colour === 'black' ? STEPS[colour] : STEPS.usual
  const tone = (change: number) => hexOfHsl(hue, saturation, lightness + change)
  return {
    body: tone(0),
    light: tone(step.light),
    shade: tone(step.shade),
    dark: tone(step.dark),
    outline: outlineOf(colour, background),
  }
}

function outlineOf(colour: SceneColour, background: SceneBackground): string {
  if (colour === 'white') return background === 'night' ? '#56607a' : '#3d4552'
  if (colour === 'black') return '#eef0f4'
  return background === 'night' ? '#f3efe2' : '#20242c'
}

export function between(random: Random, min: number, max: number): number {
  return min + (max - min) * random()
}

/** `#rrggbb` of a hue in degrees and saturation and lightness in percent, both clipped to 0–100. */
export function hexOfHsl(hue: number, saturation: number, lightness: number): string {
  const s = Math.min(100, Math.max(0, saturation)) / 100
  const l = Math.min(100, Math.max(0, lightness)) / 100
  const spread = s * Math.min(l, 1 - l)
  const channel = (offset: number) => {
    const k = (offset + (((hue % 360) + 360) % 360) / 30) % 12
    const value = l - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1))
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(0)}${channel(8)}${channel(4)}`
}
