/** The visual words a method looks patches up in, opened for one model. */
import {parseImageProcessor} from '../image/processor.js'
import {type UnitWords, unitWords} from '../methods/words.js'
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
  /** As `inter` compares them. */
  readonly unitWords: UnitWords
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
  const {words, wordCount, wordLength, source} = vocabulary
  return {vocab, wordCount, source, unitWords: unitWords(words, wordLength)}
}
