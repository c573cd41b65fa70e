/**
 * Colours for things that have only a number: visual words and merged tokens. Colours that come first are as far apart
 * as possible for normal and for colour-blind eyes.
 */
import type {Rgb} from './drawing.js'
import {type Appearance, appearanceOf, leastDistance, rgbOfOklch} from './vision.js'

/** Numbers whose colour is their own as long as no other of the call has taken it. */
const HOME_COUNT = 24
/** Colours chosen one by one as the farthest from all before; what follows fills the gaps. */
const SPREAD_COUNT = 48
/** Free colours looked at for a number whose own is taken. */
const CHOICE = 24
/** Below this, areas side by side are hard to tell apart for somebody. */
export const CLEAR_DISTANCE = 0.11

type Swatch = {readonly rgb: Rgb; readonly look: Appearance}

/**
 * Hands out colours. Within one book a number keeps its colour and no two numbers share one, however many there are.
 * Across books a number has the same home colour, and gets it unless another number has taken it or a neighbour's is
 * too near.
 */
export class ColourBook {
  readonly #given = new Map<number, Swatch>()
  readonly #taken = new Set<string>()
  #more = 0

  /** @throws never: a number without a colour gets one. */
  colourOf(id: number): Rgb {
    this.introduce([id], () => [])
    return this.#given.get(id)!.rgb
  }

  /**
   * Gives colours to numbers that have none, earlier ones choosing first.
   * @param neighboursOf numbers that lie side by side with one: its colour will differ most from theirs.
   */
  introduce(ids: readonly number[], neighboursOf: (id: number) => Iterable<number>): void {
    for (const id of ids) {
      if (this.#given.has(id)) continue
      const near = [...neighboursOf(id)].flatMap((other) => this.#look(other))
      const others = ids.flatMap((other) => this.#look(other))
      const swatch = this.#choose(id, near, others)
      this.#given.set(id, swatch)
      this.#taken.add(String(swatch.rgb))
    }
  }

  #choose(id: number, near: readonly Appearance[], others: readonly Appearance[]): Swatch {
    const home = palette()[id % HOME_COUNT]!
    if (this.#isFree(home) && distanceTo(home, near) >= CLEAR_DISTANCE) return home
    const free: Swatch[] = []
    for (const swatch of palette()) {
      if (this.#isFree(swatch)) free.push(swatch)
      if (free.length === CHOICE) break
    }
    // A neighbour counts double: side by side is where mistakes are made.
    const merit = (swatch: Swatch) => Math.min(distanceTo(swatch, near), 2 * distanceTo(swatch, others))
    const best = free.sort((a, b) => merit(b) - merit(a))[0]
    return best ?? this.#oneMore()
  }

  #look(id: number): Appearance[] {
    const given = this.#given.get(id)
    return given ? [given.look] : []
  }

  #isFree({rgb}: Swatch): boolean {
    return !this.#taken.has(String(rgb))
  }

  /** Beyond the palette colours differ by a few levels: they still tell numbers apart to a program. */
  #oneMore(): Swatch {
    for (;;) {
      const base = palette()[this.#more % palette().length]!
      const round = 1 + Math.floor(this.#more / palette().length)
      this.#more += 1
      const rgb = base.rgb.map((value, channel) => {
        const shift = (Math.floor(round / 3 ** channel) % 3) - 1
        return Math.min(255, Math.max(0, value + 3 * shift + round))
      }) as unknown as Rgb
      const swatch = {rgb, look: appearanceOf(rgb)}
      if (this.#isFree(swatch)) return swatch
    }
  }
}

function distanceTo({look}: Swatch, looks: readonly Appearance[]): number {
  return looks.reduce((least, other) => Math.min(least, leastDistance(look, other)), Number.POSITIVE_INFINITY)
}

let known: readonly Swatch[] | undefined

/** All colours in the order in which they are handed out; about 1,000, no greys. */
export function palette(): readonly Swatch[] {
  known ??= spreadOut(candidates())
  return known
}

/** Of middle lightness and clear hue, so that they stand out against photos and paper. */
function candidates(): Swatch[] {
  const found = new Map<string, Rgb>()
  for (let lightness = 0.44; lightness < 0.89; lightness += 0.04) {
    for (let chroma = 0.09; chroma < 0.2; chroma += 0.035) {
      for (let hue = 0; hue < 36; hue += 1) {
        const rgb = rgbOfOklch(lightness, chroma, (hue * Math.PI) / 18)
        if (rgb) found.set(String(rgb), rgb)
      }
    }
  }
  return [...found.values()].map((rgb) => ({rgb, look: appearanceOf(rgb)}))
}

function spreadOut(swatches: readonly Swatch[]): Swatch[] {
  const rest = new Set(swatches)
  const distance = new Map(swatches.map((swatch) => [swatch, Number.POSITIVE_INFINITY]))
  const first = appearanceOf([0, 114, 178])
  let next = [...rest].sort((a, b) => leastDistance(a.look, first) - leastDistance(b.look, first))[0]
  const chosen: Swatch[] = []
  while (next && chosen.length < SPREAD_COUNT) {
    chosen.push(next)
    rest.delete(next)
    let farthest: Swatch | undefined
    for (const swatch of rest) {
      const least = Math.min(distance.get(swatch)!, leastDistance(swatch.look, next.look))
      distance.set(swatch, least)
      if (!farthest || least > distance.get(farthest)!) farthest = swatch
    }
    next = farthest
  }
  return [...chosen, ...rest]
}
