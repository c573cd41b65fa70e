/** The visual words a method looks patches up in, opened for one model. */
import {float32Tensor, type Tensor} from '../base/tensor.js'
import {parseImageProcessor} from '../image/processor.js'
import {normalizeRows} from '../metrics/vectors.js'
import type {ModelFolder} from '../models/folder.js'
import {checkVocabularyFits} from '../vocab/fit.js'
import {openVocabulary} from '../vocab/vocabulary.js'

export const DEFAULT_VOCABULARY = 'photos-100'

export type VisualWords = {
  /** As `--vocab` takes it. */
  readonly vocab: string
  readonly wordCount: number
  /** What they were learned from, in words. */
  readonly source: string
  /** Float32 `[V, 3·P·P]`, rows of length 1, as `inter` compares them. */
  readonly unit: Tensor
}

/**
 * @param vocab name or file; default `photos-100`.
 * @throws {ModelError} the vocabulary is missing, damaged, or made for other patches or another normalisation.
 */
export async function openWords(folder: ModelFolder, vocab = DEFAULT_VOCABULARY): Promise<VisualWords> {
  const vocabulary = await openVocabulary(vocab)
  const {mean, std} = parseImageProcessor(folder.processorConfig, folder.processorFile)
  checkVocabularyFits(
    vocabulary,
    {patchSize: folder.config.vision.patchSize, imageMean: mean, imageStd: std},
    folder.name,
  )
  const {wordCount, wordLength, source} = vocabulary
  const unit = Float32Array.from(vocabulary.words)
  normalizeRows(unit, wordLength)
  return {vocab, wordCount, source, unit: float32Tensor(unit, [wordCount, wordLength])}
}
