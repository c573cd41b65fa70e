/** Why a model computed what is not a number. */
import {BugError} from '../base/errors.js'
import type {ModelFolder} from '../models/folder.js'
import {checkFinite, scanWeights} from '../weights/scan.js'

/**
 * Looks through all weights, which is too slow to do before every run and worth it once a result is not finite.
 * @throws {ModelError} naming the tensor that holds NaN or infinity.  @throws {BugError} none does.
 */
export async function explainNonFinite(folder: ModelFolder): Promise<never> {
  checkFinite(await scanWeights(folder.weights))
  throw new BugError(`${folder.name} computed what is not finite, though all its weights are.`)
}
