/** One drawing of a noun, from its seed. */
import {mixSeed} from '../../../base/random.js'
import {Sketch, type Warp} from '../sketch.js'
import type {BirdKind, SceneBackground, SceneNoun} from '../words.js'
import {drawLandbird, drawWaterbird} from './birds.js'
import {drawFrog} from './frog.js'
import {drawDeer, drawHorse} from './hoofed.js'
import {drawCat, drawDog} from './pets.js'
import {drawAirplane, drawAutomobile, drawShip, drawTruck} from './vehicles.js'

const RIGID: Warp = {stretch: 0.1, shear: 0.03, wave: 0.5}
const SUPPLE: Warp = {stretch: 0.12, shear: 0.1, wave: 2.2}

const DRAW: Record<Exclude<SceneNoun, 'bird'>, {draw: (pen: Sketch) => void; warp: Warp}> = {
  airplane: {draw: drawAirplane, warp: RIGID},
  automobile: {draw: drawAutomobile, warp: RIGID},
  cat: {draw: drawCat, warp: SUPPLE},
  deer: {draw: drawDeer, warp: SUPPLE},
  dog: {draw: drawDog, warp: SUPPLE},
  frog: {draw: drawFrog, warp: SUPPLE},
  horse: {draw: drawHorse, warp: SUPPLE},
  ship: {draw: drawShip, warp: RIGID},
  truck: {draw: drawTruck, warp: RIGID},
}

export type Subject = {readonly noun: SceneNoun; readonly kind?: BirdKind; readonly background: SceneBackground}

/** Draws the subject; a bird flies or swims where the background asks for it. */
export function drawSubject(subject: Subject, shapeSeed: number): Sketch {
  const {noun, kind, background} = subject
  if (noun !== 'bird') {
    const {draw, warp} = DRAW[noun]
    const pen = new Sketch(shapeSeed, warp)
    draw(pen)
    return pen
  }
  const pen = new Sketch(mixSeed(shapeSeed, 1), SUPPLE)
  if (kind === 'waterbird') drawWaterbird(pen, background === 'water')
  else drawLandbird(pen, isAloft(subject) || (background === 'night' && pen.chance(0.5)))
  return pen
}

/** Airplanes fly everywhere, songbirds over water and in the sky; nothing of them touches the ground. */
export function isAloft({noun, kind, background}: Subject): boolean {
  if (background === 'sky' || noun === 'airplane') return true
  return noun === 'bird' && kind !== 'waterbird' && background === 'water'
}
