/** Chooses what a scene shows and where, from a seed alone. */
import {mixSeed, type Random, randomChoice, seededRandom} from '../../base/random.js'
import {captionOf} from './caption.js'
import {between} from './colours.js'
import {drawSubject, isAloft, type Subject} from './shapes/draw.js'
import type {BirdKind, Scene, SceneObject} from './words.js'
import * as words from './words.js'

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
 * @param seed any whole number from 0 to 2^32 − 1; neighbouring seeds give unrelated scenes.
 */
export function planScene(seed: number, fixed: FixedScene = {}): Scene {
  const content = seededRandom(mixSeed(seed, STREAM.content))
  const drawn = {
    noun: randomChoice(content, words.SCENE_NOUNS),
    colour: randomChoice(content, words.SCENE_COLOURS),
    count: randomChoice(content, words.SCENE_COUNTS),
    background: randomChoice(content, words.SCENE_BACKGROUNDS),
    kind: randomChoice(content, words.BIRD_KINDS),
  }
  const {kind, ...rest} = {...drawn, ...fixed}
  const about = rest.noun === 'bird' ? {...rest, kind} : rest
  const layout = seededRandom(mixSeed(seed, STREAM.layout))
  const objects = planObjects(layout, about, about.count, seed)
  return {seed, ...about, caption: captionOf(about), objects}
}

function planObjects(random: Random, subject: Subject, count: words.SceneCount, seed: number): SceneObject[] {
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
