/** Whether the words of a vocabulary mean anything to a model. */
import {ModelError} from '../base/errors.js'
import type {PixelSpace, Vocabulary} from './vocabulary.js'

/** Means and deviations are compared to this: configs round them. */
const TOLERANCE = 1e-4

/**
 * Words can only be looked up by a model that sees the same pixel space.
 * @throws {ModelError} `vocab-unfit`: the patch size or the normalisation differs, with both values.
 */
export function checkVocabularyFits(vocabulary: Vocabulary, model: PixelSpace, modelName: string): void {
  const differ = (a: readonly number[], b: readonly number[]) =>
    a.length !== b.length || a.some((value, index) => !(Math.abs(value - b[index]!) <= TOLERANCE))
  const list = (values: readonly number[]) => `[${values.join(', ')}]`
  const refuse = (what: string, has: string, wants: string): never => {
    throw new ModelError(`The vocabulary ${vocabulary.name} has ${what} ${has}, but ${modelName} has ${wants}.`, {
      code: 'vocab-unfit',
      suggestions: [
        'vwt vocab list shows what the others fit.',
        `Learn words for this model: vwt build-vocab IMAGE... --words ${vocabulary.wordCount} --patch ${model.patchSize} --out FILE`,
      ],
    })
  }
  const {patchSize, imageMean, imageStd} = vocabulary
  if (patchSize !== model.patchSize) refuse('patches of', `${patchSize} pixels`, `${model.patchSize} pixels`)
  if (differ(imageMean, model.imageMean)) refuse('the image mean', list(imageMean), list(model.imageMean))
  if (differ(imageStd, model.imageStd)) refuse('the image std', list(imageStd), list(model.imageStd))
}
