/** Backgrounds of scenes: a gradient, a turbulent texture and drawn strokes. */
import type {Random} from '../../base/random.js'
import {between, hexOfHsl} from './colours.js'
import {type Backdrop, FRAME, gradient, ground, stack, texture} from './layers.js'
import {rounded as r} from './sketch.js'
import type {SceneBackground} from './words.js'

/** @param random decides light, horizon and texture. */
export function drawBackground(background: SceneBackground, random: Random): Backdrop {
  return PAINTERS[background](random)
}

const PAINTERS: Record<SceneBackground, (random: Random) => Backdrop> = {
  water: paintWater,
  grass: paintGrass,
  sand: paintSand,
  sky: paintSky,
  snow: paintSnow,
  night: paintNight,
}

function paintWater(random: Random): Backdrop {
  const horizon = horizonOf(random)
  const hue = between(random, 184, 200)
  const light = between(random, 44, 58)
  const water = gradient('ground', hexOfHsl(hue, 48, light + 8), hexOfHsl(hue + 6, 56, light - 14))
  const foam = texture('foam', random, {
    colour: '#ffffff',
    frequencyX: between(random, 0.012, 0.025),
    frequencyY: between(random, 0.1, 0.18),
    octaves: 2,
    gain: 2.2,
    cut: 1,
    top: horizon,
  })
  let waves = ''
  for (let y = horizon + 8; y < FRAME; y += between(random, 9, 16)) {
    const length = 8 + (y - horizon) / 9
    for (let x = between(random, -20, 30); x < FRAME; x += between(random, 2, 5) * length) {
      waves += `M${r(x)} ${r(y)}q${r(length / 2)} ${r(-length / 3)} ${r(length)} 0q${r(length / 2)} ${r(length / 3)} ${r(length)} 0`
    }
  }
  const strokes = `<path d="${waves}" fill="none" stroke="#eafaff" stroke-opacity="0.55" stroke-width="1.5"/>`
  return stack([paleSky(random, horizon), ground('ground', water, horizon), foam, {defs: '', body: strokes}])
}

function paintGrass(random: Random): Backdrop {
  const horizon = horizonOf(random)
  const hue = between(random, 76, 98)
  const light = between(random, 42, 54)
  const lawn = gradient('ground', hexOfHsl(hue, 44, light + 8), hexOfHsl(hue + 4, 50, light - 10))
  const mottle = texture('mottle', random, {
    colour: hexOfHsl(hue + 8, 55, light - 26),
    frequencyX: between(random, 0.12, 0.25),
    frequencyY: between(random, 0.03, 0.06),
    octaves: 1,
    gain: 2.4,
    cut: 1.05,
    top: horizon,
  })
  const blades = ['', '']
  for (let index = 0; index < 170; index++) {
    const y = between(random, horizon + 4, FRAME + 8)
    const x = between(random, 0, FRAME)
    const height = 4 + ((y - horizon) / FRAME) * 13
    blades[index % 2] +=
      `M${r(x)} ${r(y)}q${r(between(random, -2, 2))} ${r(-height / 2)} ${r(between(random, -5, 5))} ${r(-height)}`
  }
  const tones = [hexOfHsl(hue + 6, 52, light - 16), hexOfHsl(hue - 6, 55, light + 16)]
  const strokes = blades
    .map((path, index) => `<path d="${path}" fill="none" stroke="${tones[index]}" stroke-width="1.2"/>`)
    .join('')
  return stack([paleSky(random, horizon), ground('ground', lawn, horizon), mottle, {defs: '', body: strokes}])
}

function paintSand(random: Random): Backdrop {
  const horizon = horizonOf(random)
  const hue = between(random, 34, 42)
  const light = between(random, 68, 78)
  const beach = gradient('ground', hexOfHsl(hue, 42, light + 6), hexOfHsl(hue - 4, 40, light - 9))
  const grain = texture('grain', random, {
    colour: hexOfHsl(hue - 8, 38, 34),
    frequencyX: between(random, 0.4, 0.7),
    frequencyY: between(random, 0.4, 0.7),
    octaves: 1,
    gain: 1.7,
    cut: 0.75,
    top: horizon,
  })
  let dunes = ''
  for (let y = horizon + 10; y < FRAME; y += between(random, 12, 24)) {
    const [rise, turn] = [between(random, -9, 9), between(random, 60, 160)]
    dunes += `M-5 ${r(y)}Q${r(turn)} ${r(y + rise)} ${FRAME + 5} ${r(y + between(random, -6, 6))}`
  }
  let pebbles = ''
  for (let index = 0; index < 22; index++) {
    const [x, y] = [between(random, 0, FRAME), between(random, horizon + 4, FRAME)]
    pebbles += `<ellipse cx="${r(x)}" cy="${r(y)}" rx="${r(between(random, 1, 2.6))}" ry="${r(between(random, 0.7, 1.6))}"/>`
  }
  const strokes =
    `<path d="${dunes}" fill="none" stroke="${hexOfHsl(hue - 6, 36, light - 20)}" stroke-opacity="0.6" stroke-width="2"/>` +
    `<g fill="${hexOfHsl(hue - 10, 24, 46)}">${pebbles}</g>`
  return stack([paleSky(random, horizon), ground('ground', beach, horizon), grain, {defs: '', body: strokes}])
}

function paintSky(random: Random): Backdrop {
  const hue = between(random, 200, 212)
  const light = between(random, 62, 74)
  const air = gradient('ground', hexOfHsl(hue, 70, light - 6), hexOfHsl(hue - 6, 72, light + 15))
  const haze = texture('haze', random, {
    colour: '#ffffff',
    frequencyX: between(random, 0.008, 0.014),
    frequencyY: between(random, 0.016, 0.026),
    octaves: 2,
    gain: 2.8,
    cut: 1.2,
    top: 0,
  })
  let clouds = ''
  for (let index = Math.floor(between(random, 1, 4)); index > 0; index--) {
    clouds += cloud(random, between(random, 10, 214), between(random, 15, 209), between(random, 20, 40))
  }
  return stack([
    ground('ground', air, 0),
    haze,
    {defs: '', body: `<g fill="#ffffff" fill-opacity="0.85">${clouds}</g>`},
  ])
}

function paintSnow(random: Random): Backdrop {
  const horizon = horizonOf(random)
  const hue = between(random, 205, 220)
  const field = gradient(
    'ground',
    hexOfHsl(hue, 30, between(random, 90, 95)),
    hexOfHsl(hue, 34, between(random, 80, 86)),
  )
  const drift = texture('drift', random, {
    colour: hexOfHsl(hue + 5, 40, 62),
    frequencyX: between(random, 0.015, 0.03),
    frequencyY: between(random, 0.05, 0.08),
    octaves: 1,
    gain: 1.9,
    cut: 0.9,
    top: horizon,
  })
  let trees = ''
  if (horizon > 30) {
    for (let x = between(random, 0, 30); x < FRAME; x += between(random, 18, 46)) {
      const height = between(random, 10, 22)
      trees += `M${r(x - height / 3)} ${r(horizon + 1)}L${r(x)} ${r(horizon - height)}L${r(x + height / 3)} ${r(horizon + 1)}Z`
    }
  }
  let flakes = ''
  for (let index = 0; index < 70; index++) {
    const [x, y] = [between(random, 0, FRAME), between(random, 0, FRAME)]
    flakes += `<circle cx="${r(x)}" cy="${r(y)}" r="${r(between(random, 0.8, 2.3))}"/>`
  }
  const sky = ground('air', gradient('air', hexOfHsl(hue, 22, 72), hexOfHsl(hue, 22, 84)), 0)
  const strokes = `<path d="${trees}" fill="#7c8b94"/>`
  const fall = `<g fill="#ffffff">${flakes}</g>`
  return stack([sky, {defs: '', body: strokes}, ground('ground', field, horizon), drift, {defs: '', body: fall}])
}

function paintNight(random: Random): Backdrop {
  const horizon = between(random, 66, 128)
  const hue = between(random, 222, 246)
  const air = gradient('air', hexOfHsl(hue, 55, between(random, 7, 11)), hexOfHsl(hue, 48, between(random, 17, 24)))
  const mist = texture('mist', random, {
    colour: hexOfHsl(hue - 10, 40, 48),
    frequencyX: 0.01,
    frequencyY: 0.02,
    octaves: 1,
    gain: 1.6,
    cut: 0.75,
    top: 0,
  })
  let stars = ''
  for (let index = 0; index < 55; index++) {
    const [x, y] = [between(random, 0, FRAME), between(random, 0, horizon)]
    stars += `<circle cx="${r(x)}" cy="${r(y)}" r="${r(between(random, 0.5, 1.6))}"/>`
  }
  const [moonX, moonY, moon] = [between(random, 20, 204), between(random, 18, 44), between(random, 9, 16)]
  const crescent = between(random, 0.3, 1.1) * moon
  const sky =
    `<g fill="#fdf8e2">${stars}</g>` +
    `<path d="M${r(moonX)} ${r(moonY - moon)}A${r(moon)} ${r(moon)} 0 1 1 ${r(moonX)} ${r(moonY + moon)}` +
    `A${r(moon + crescent)} ${r(moon + crescent)} 0 0 0 ${r(moonX)} ${r(moonY - moon)}Z" fill="#f6ecc0"/>`
  const hill = `M0 ${r(horizon)}Q${r(between(random, 40, 180))} ${r(horizon - between(random, -14, 26))} ${FRAME} ${r(horizon)}V${FRAME}H0Z`
  const land = `<path d="${hill}" fill="url(#ground)"/>`
  const soil = gradient('ground', hexOfHsl(hue, 34, 7), hexOfHsl(hue, 30, between(random, 10, 15)))
  return stack([ground('air', air, 0), mist, {defs: soil, body: sky + land}])
}

/** Where the ground begins, in units from the top: out of sight in two pictures of five. */
function horizonOf(random: Random): number {
  const shown = random() < 0.6
  const y = between(random, 32, 84)
  return shown ? y : 0
}

function paleSky(random: Random, horizon: number): Backdrop {
  const hue = between(random, 198, 216)
  const light = between(random, 78, 88)
  if (horizon === 0) return {defs: '', body: ''}
  return ground('air', gradient('air', hexOfHsl(hue, 40, light), hexOfHsl(hue, 30, light + 8)), 0)
}

function cloud(random: Random, x: number, y: number, width: number): string {
  let puffs = `<ellipse cx="${r(x)}" cy="${r(y)}" rx="${r(width)}" ry="${r(width * 0.26)}"/>`
  for (let index = -1; index <= 1; index++) {
    const [radius, lift] = [width * between(random, 0.26, 0.42), between(random, 0.1, 0.24) * width]
    puffs += `<circle cx="${r(x + index * width * 0.45)}" cy="${r(y - lift)}" r="${r(radius)}"/>`
  }
  return puffs
}
