/** The control of every dropping method: patches drawn at random, the same ones for the same seed and image. */
import {mixSeed, seededRandom} from '../base/random.js'
import {float32Tensor, int64Tensor} from '../base/tensor.js'
import type {PatchContext, PatchSet} from '../models/tokenisation.js'
import {buildKeepBest, type KeepPlan, keepCount, parseDropFraction, planKeepBest} from './keep.js'
import type {Method} from './method.js'

const NAME = 'random'
const DROP_COUNT = 'random.drop_count'
const SCORES = 'random.scores'

export const random: Method = {
  name: NAME,
  part: 'tokenisation',
  summary: 'control: drops patches drawn at random, seeded',
  paper: 'control of Gee et al., TMLR 2025; here each image of a batch has a draw of its own',
  argument: 'fraction of patches dropped, 0.5',
  excludes: {intra: 'both choose which patches are dropped'},
  parse(argument) {
    const dropFraction = parseDropFraction(NAME, argument, 0.5)
    return {
      method: random,
      spec: `${NAME}:${dropFraction}`,
      select: buildRandom,
      inputs: ({geometry: {patchCount}, images, seed}) => ({
        [DROP_COUNT]: int64Tensor([patchCount - Math.max(1, keepCount(patchCount, dropFraction))]),
        [SCORES]: float32Tensor(
          images.flatMap((image) => drawScores(patchCount, seed, image)),
          [images.length, patchCount],
        ),
      }),
    }
  },
}

/** Keeps `count` patches drawn for the image at place `image` of a call. */
export function planKeepAtRandom(
  patchCount: number,
  count: number,
  {seed, image}: {seed: number; image: number},
): KeepPlan {
  return planKeepBest(drawScores(patchCount, seed, image), count)
}

function buildRandom(context: PatchContext, patches: PatchSet): PatchSet {
  const {g} = context
  const dropCount = g.input(DROP_COUNT, 'int64', [1])
  const scores = g.input(SCORES, 'float32', ['batch', context.patchCount])
  return g.scope(NAME, () => buildKeepBest(context, patches, scores, dropCount))
}

/** One score in [0, 1) per patch, in the precision the graph compares them in. */
function drawScores(patchCount: number, seed: number, image: number): number[] {
  const next = seededRandom(mixSeed(seed, image))
  return Array.from({length: patchCount}, () => Math.fround(next()))
}
