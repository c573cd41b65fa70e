/** Chooses what a scene shows and where, from a seed alone. */
import {checkCount} from '../../base/check.js'
import {UsageError} from '../../base/errors.js'
import {mixSeed, type Random, randomChoice, seededRandom} from '../../base/random.js'
import {captionOf} from './caption.js'
import {between} from './colours.js'
import {drawSubject, isAloft, type Subject} from './shapes/draw.js'
import {
  BIRD_KINDS,
  type BirdKind,
  SCENE_BACKGROUNDS,
  SCENE_COLOURS,
  SCENE_COUNTS,
  SCENE_NOUNS,
  type Scene,
  type SceneObject,
} from './words.js'

/** Independent streams of one seed: what a background draws never moves an object. */
export const STREAM = {content: 1, layout: 2, shape: 3, colour: 4, background: 5} as const

/** What the caller decides instead of the seed. `kind` counts for birds only. */
export type FixedScene = Partial<Pick<Scene, 'noun' | 'colour' | 'count' | 'background'>> & {readonly kind?: BirdKind}

/** Longer side of an object's box, as a fraction of the frame, by count. */
const SIZES = {1: [0.36, 0.8], 2: [0.33, 0.46], 3: [0.26, 0.36]} as const
/** Free margin at the edges of the frame, and between objects. */
const EDGE = 0.03
const GAP = 0.025

/**
 * Plans one scene. Each choice takes its own draw whether or not it is fixed, so fixing one leaves the others of
 * that seed as they are.
 *
 * @param seed a whole number from 0 to 2^32 − 1; neighbouring seeds give unrelated scenes.
 * @throws {UsageError} `seed` is out of range, or a fixed word is none of the words of scenes.
 */
export function planScene(seed: number, fixed: FixedScene = {}): Scene {
  const content = planContent(seed, fixed)
  const layout = seededRandom(mixSeed(seed, STREAM.layout))
  return {seed, ...content, caption: captionOf(content), objects: planObjects(layout, content, seed)}
}

export type SceneContent = Subject & Pick<Scene, 'colour' | 'count'>

/** What the scene of `seed` shows, without where. @throws {UsageError} as `planScene`. */
export function planContent(seed: number, fixed: FixedScene = {}): SceneContent {
  checkCount('seed', seed, {min: 0, max: 2 ** 32 - 1, unit: 'steps'})
  const random = seededRandom(mixSeed(seed, STREAM.content))
  const choose = <T>(name: keyof FixedScene, all: readonly T[]): T => {
    const drawn = randomChoice(random, all)
    const wanted = fixed[name] as T | undefined
    if (wanted === undefined || all.includes(wanted)) return wanted ?? drawn
    throw new UsageError(`${name} of a scene should be one of ${all.join(', ')}, but is ${wanted}.`, {
      code: 'scene-unknown-word',
    })
  }
  const noun = choose('noun', SCENE_NOUNS)
  const colour = choose('colour', SCENE_COLOURS)
  const count = choose('count', SCENE_COUNTS)
  const background = choose('background', SCENE_BACKGROUNDS)
  const kind = choose('kind', BIRD_KINDS)
  return noun === 'bird' ? {noun, kind, colour, count, background} : {noun, colour, count, background}
}

function planObjects(random: Random, {count, ...subject}: SceneContent, seed: number): SceneObject[] {
  const [low, high] = SIZES[count]
  const size = between(random, low, high)
  const shapes = Array.from({length: count}, (_, index) =>
    planShape(random, subject, {
      size: size * between(random, count === 1 ? 1 : 0.9, 1),
      shapeSeed: mixSeed(seed, STREAM.shape, index),
    }),
  )
  for (let shrink = 1; ; shrink *= 0.94) {
    for (let attempt = 0; attempt < 40; attempt++) {
      const placed = shapes.map((shape) => place(random, shape, shrink, isAloft(subject)))
      if (!overlap(placed)) return placed
    }
  }
}

type Shape = Omit<SceneObject, 'x' | 'y'>

function planShape(random: Random, subject: Subject, {size, shapeSeed}: {size: number; shapeSeed: number}): Shape {
  const {left, right, top, bottom} = drawSubject(subject, shapeSeed).box
  const [width, height] = [right - left, bottom - top]
  const scale = size / Math.max(width, height)
  const flipped = random() < 0.5
  const turn = subject.noun === 'airplane' ? [-22, 10] : isAloft(subject) ? [-12, 8] : [-5, 5]
  const rotation = between(random, turn[0]!, turn[1]!)
  return {
    width: width * scale,
    height: height * scale,
    flipped,
    rotationDegrees: flipped ? -rotation : rotation,
    shapeSeed,
  }
}

/** Somewhere in the frame; what stands on the ground keeps to the lower part. */
function place(random: Random, shape: Shape, shrink: number, aloft: boolean): SceneObject {
  const [width, height] = [shape.width * shrink, shape.height * shrink]
  const [marginX, marginY] = [width / 2 + EDGE, height / 2 + EDGE]
  const highest = aloft ? marginY : Math.max(marginY, Math.min(0.5, 1 - marginY))
  return {
    ...shape,
    width,
    height,
    x: between(random, marginX, 1 - marginX),
    y: between(random, highest, 1 - marginY),
  }
}

/** True when two boxes come closer than their outlines are wide. */
function overlap(objects: readonly SceneObject[]): boolean {
  return objects.some((a, index) =>
    objects.slice(index + 1).some((b) => {
      const gapX = Math.abs(a.x - b.x) - (a.width + b.width) / 2
      const gapY = Math.abs(a.y - b.y) - (a.height + b.height) / 2
      return gapX < GAP && gapY < GAP
    }),
  )
}
