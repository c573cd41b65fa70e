/** Which views of which images a build goes through, in which order: the same for every run, from any place on. */
import {mixSeed, seededRandom} from '../../base/random.js'
import {drawDifferent} from '../../vocab/learner.js'
import {cropSeedOf, type View} from './patch-stream.js'
import type {BuildPlan} from './plan.js'

/** All views from number `from` on: round after round, each in an order of its own. */
export function* viewsFrom({images, rounds, crops, seed}: BuildPlan, from: number): Generator<View> {
  for (let round = Math.floor(from / images.length); round < rounds; round += 1) {
    const order = viewOrder(images.length, seed, round)
    const first = round * images.length
    for (let index = Math.max(0, from - first); index < images.length; index += 1) {
      const place = order[index]!
      const cropSeed = round % crops === 0 ? undefined : cropSeedOf(seed, round, place)
      yield {image: images[place]!, place, cropSeed}
    }
  }
}

/** Places of the images in the order round number `round` goes through them. */
export function viewOrder(imageCount: number, seed: number, round: number): number[] {
  return drawDifferent(imageCount, imageCount, seededRandom(mixSeed(seed, ORDER, round)))
}

/** What the seed of an order is mixed with, to be unrelated to the learner's draws. */
const ORDER = 5
