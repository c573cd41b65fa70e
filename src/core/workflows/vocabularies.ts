/** What vocabularies are here, what one of them is, and how the VWT authors' words come in. */
import {readdir, stat} from 'node:fs/promises'
import {basename, extname, join, resolve} from 'node:path'
import {ModelError, messageOf, UsageError} from '../base/errors.js'
import {CLIP_MEAN, CLIP_STD} from '../image/processor.js'
import {
  findVocabulary,
  VOCABULARY_ENDING,
  type VocabularyLocation,
  type VocabularyPlaces,
  vocabularyPlaces,
} from '../vocab/library.js'
import {
  checkFiniteWords,
  openVocabulary,
  readVocabularyHeader,
  type Vocabulary,
  writeVocabulary,
} from '../vocab/vocabulary.js'
import {readTorchTensor} from '../weights/torch.js'

export type VocabularySource = VocabularyLocation['source']

export type VocabularySummary = {
  /** As `--vocab` takes it. */
  readonly name: string
  readonly source: VocabularySource
  readonly path: string
  readonly usable: boolean
  /** Why it is not usable; what follows is then null. */
  readonly problem: string | null
  readonly words: number | null
  /** Side in pixels. */
  readonly patchSize: number | null
  readonly images: number | null
  readonly bytes: number
}

export type VocabularyList = {
  readonly vocabularies: readonly VocabularySummary[]
  /** The folders looked in, in the order of search. */
  readonly places: readonly {readonly source: VocabularySource; readonly path: string; readonly exists: boolean}[]
}

export type VocabularyInfo = Omit<Vocabulary, 'words' | 'counts' | 'wordCount'> & {
  readonly from: VocabularySource
  readonly bytes: number
  readonly words: number
  /** Words no patch was nearest to; null where it was not counted. */
  readonly emptyWords: number | null
  /** Fraction of all patches that the most frequent tenth of the words got, 0 to 1; null likewise. */
  readonly topTenthFraction: number | null
}

export type ImportedVocabulary = {
  readonly name: string
  readonly path: string
  readonly words: number
  readonly wordLength: number
  readonly patchSize: number
  /** As the numbers were saved; they are kept as float32. */
  readonly dtype: string
}

export type VocabulariesOptions = {readonly places?: VocabularyPlaces}

/** Every vocabulary that has a name here; a damaged one is listed with its problem. */
export async function listVocabularies({
  places = vocabularyPlaces(),
}: VocabulariesOptions = {}): Promise<VocabularyList> {
  const searched = (['bundled', 'vwt'] as const).map((source) => ({source, path: places[source]}))
  const vocabularies: VocabularySummary[] = []
  for (const {source, path: folder} of searched) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(VOCABULARY_ENDING)).sort()
    vocabularies.push(...(await Promise.all(names.map((name) => summarize(join(folder, name), source)))))
  }
  const exists = await Promise.all(searched.map(({path}) => stat(path).then(Boolean, () => false)))
  return {vocabularies, places: searched.map((place, index) => ({...place, exists: exists[index]!}))}
}

/** @throws {ModelError} there is none, or it is damaged. */
export async function vocabularyInfo(
  nameOrFile: string,
  {places = vocabularyPlaces()}: VocabulariesOptions = {},
): Promise<VocabularyInfo> {
  const {source: from} = await findVocabulary(nameOrFile, places)
  const {words: _, counts, wordCount, ...facts} = await openVocabulary(nameOrFile, places)
  const total = counts.reduce((sum, count) => sum + count, 0n)
  const ranked = counts.slice().sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
  const top = ranked.subarray(0, Math.ceil(wordCount / 10)).reduce((sum, count) => sum + count, 0n)
  return {
    ...facts,
    from,
    bytes: (await stat(facts.path)).size,
    words: wordCount,
    emptyWords: total === 0n ? null : counts.filter((count) => count === 0n).length,
    topTenthFraction: total === 0n ? null : Number(top) / Number(total),
  }
}

/**
 * Takes over words that PyTorch saved: one tensor `[V, 3 · P · P]` in CLIP's normalised pixel space, a word running
 * channel, row, column, as the VWT authors publish them. Nothing in the file is executed.
 *
 * @param file of `torch.save`.
 * @param name what `--vocab` will call it; default: the file's name without its ending.
 * @param out the file to write instead of one of that name in vwt's data folder.
 * @throws {ModelError} the file is not one such tensor, or holds what is no number.
 * @throws {UsageError} the name is taken or no name, or the vocabulary cannot be written.
 */
export async function importVocabulary(
  file: string,
  {
    name,
    out,
    imageSize = 224,
    places = vocabularyPlaces(),
  }: VocabulariesOptions & {name?: string | undefined; out?: string | undefined; imageSize?: number} = {},
): Promise<ImportedVocabulary> {
  const called = name ?? basename(out ?? file, extname(out ?? file))
  const path = out === undefined ? await freePath(called, places) : resolve(places.cwd, out)
  const source = resolve(places.cwd, file)
  const {shape, data, dtype} = await readTorchTensor(source)
  const patchSize = patchSizeOf(shape, source)
  const [words = 0, wordLength = 0] = shape
  checkFiniteWords(data, wordLength, source)
  await writeVocabulary(path, {
    words: data,
    counts: new BigInt64Array(words),
    patchSize,
    imageMean: CLIP_MEAN,
    imageStd: CLIP_STD,
    imageSize: Math.max(imageSize, patchSize),
    images: null,
    patches: null,
    seed: null,
    inertia: null,
    source: `imported from ${basename(file)} (${dtype})`,
  })
  return {name: called, path, words, wordLength, patchSize, dtype}
}

/** The file a name stands for in vwt's data folder, when nothing has that name yet. */
async function freePath(name: string, places: VocabularyPlaces): Promise<string> {
  if (!/^[\w-][\w.-]*$/.test(name) || name.endsWith(VOCABULARY_ENDING)) {
    throw new UsageError(`A vocabulary's name should be letters, digits, _, . and -, but is ${JSON.stringify(name)}.`, {
      code: 'vocab-name',
      suggestions: ['--name words-1000'],
    })
  }
  for (const folder of [places.bundled, places.vwt]) {
    const path = join(folder, name + VOCABULARY_ENDING)
    if (!(await stat(path).catch(() => undefined))) continue
    throw new UsageError(`There is a vocabulary ${name} already: ${path}.`, {
      code: 'vocab-exists',
      suggestions: [`Give it another name: --name ${name}-2`, 'Delete the file first.'],
    })
  }
  return join(places.vwt, name + VOCABULARY_ENDING)
}

/** P of words `[V, 3 · P · P]`. */
function patchSizeOf(shape: readonly number[], file: string): number {
  const [words = 0, wordLength = 0] = shape
  const patchSize = Math.round(Math.sqrt(wordLength / 3))
  if (shape.length === 2 && words > 0 && patchSize > 0 && 3 * patchSize ** 2 === wordLength) return patchSize
  throw new ModelError(`${file} should hold words [V, 3 · P · P], but holds [${shape.join(', ')}].`, {
    code: 'vocab-shape',
    suggestions: ['Words of 16-pixel patches have 768 values each.'],
  })
}

async function summarize(path: string, source: VocabularySource): Promise<VocabularySummary> {
  const place = {name: basename(path, VOCABULARY_ENDING), source, path, bytes: (await stat(path)).size}
  try {
    const {wordCount: words, patchSize, images} = await readVocabularyHeader(path)
    return {...place, usable: true, problem: null, words, patchSize, images}
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    return {...place, usable: false, problem: messageOf(error), words: null, patchSize: null, images: null}
  }
}
