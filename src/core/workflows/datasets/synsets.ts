/** The synsets of ImageNet and their names, from the files that come with the images; none come with vwt. */
import {readFile} from 'node:fs/promises'
import {UsageError} from '../../base/errors.js'
import {firstThere, incomplete, invalidData, readJson, readLines} from './files.js'
import {parseMatStructs} from './mat.js'

export type Synset = {
  /** Such as n01440764. */
  readonly id: string
  /** As the file has them, the first being the one mostly used. */
  readonly names: readonly string[]
  /** `ILSVRC2012_ID`, from 1; known from `meta.mat` and `map_clsloc.txt` only. */
  readonly number?: number
}

const NUMBERED = [
  'map_clsloc.txt',
  'data/map_clsloc.txt',
  'devkit/data/map_clsloc.txt',
  'ILSVRC/devkit/data/map_clsloc.txt',
]
const NAMED = ['LOC_synset_mapping.txt', 'synset_words.txt']
const INDEX = ['imagenet_class_index.json']
const META = ['meta.mat', 'data/meta.mat', 'ILSVRC2012_devkit_t12/data/meta.mat']

/**
 * Names from `LOC_synset_mapping.txt` (or `synset_words.txt`: a synset and its names on each line), else
 * `imagenet_class_index.json`; numbers from `meta.mat` of the development kit or `map_clsloc.txt` of later ones, which
 * have names, too. None when none of them is there.
 *
 * @throws {UsageError} `data-invalid`, with file and line.
 */
export async function findSynsets(folder: string): Promise<Synset[]> {
  const named = (await readNamed(folder)) ?? (await readIndex(folder))
  const numbered = (await readMeta(folder)) ?? (await readNumbered(folder))
  if (!numbered) return named ?? []
  const namesOf = new Map(named?.map(({id, names}) => [id, names]))
  return numbered.map((synset) => ({...synset, names: namesOf.get(synset.id) ?? synset.names}))
}

/**
 * One name for each synset, in the order of the synsets. Where the first names of two are the same (crane, maillot),
 * all names of each are taken, and where these are the same too, the synset is added.
 *
 * @param labels the user's names, one for each synset, in the same order.
 * @throws {UsageError} `data-incomplete`: names are not known.  @throws {UsageError} `data-label`: too few or many labels.
 */
export function nameSynsets(
  folder: string,
  known: readonly Synset[],
  wanted: readonly string[],
  labels?: readonly string[],
): Map<string, string> {
  if (labels) return nameByUser(known.length > 0 ? known.map(({id}) => id).sort() : wanted, labels)
  const namesOf = new Map(known.map(({id, names}) => [id, names]))
  const nameless = wanted.find((id) => !namesOf.has(id))
  if (nameless !== undefined) {
    throw incomplete(
      `The name of the synset ${nameless} should be in ${folder}, in LOC_synset_mapping.txt, but is not.`,
      'https://www.kaggle.com/c/imagenet-object-localization-challenge; or give all names by --labels-file, in the order of the synsets',
    )
  }
  const ids = [...namesOf.keys()].sort()
  const first = ids.map((id) => namesOf.get(id)![0]!)
  const whole = ids.map((id) => namesOf.get(id)!.join(', '))
  return new Map(
    ids.map((id, place) => {
      if (isAlone(first, place)) return [id, first[place]!]
      return [id, isAlone(whole, place) ? whole[place]! : `${whole[place]} (${id})`]
    }),
  )
}

function nameByUser(ids: readonly string[], labels: readonly string[]): Map<string, string> {
  if (labels.length === ids.length) return new Map(ids.map((id, place) => [id, labels[place]!.trim()]))
  throw new UsageError(
    `The labels should be names of the ${ids.length} synsets in their order, from ${ids[0]} on, but are ${labels.length}.`,
    {code: 'data-label', suggestions: ['Leave the labels out: then the names of LOC_synset_mapping.txt are taken.']},
  )
}

function isAlone(names: readonly string[], place: number): boolean {
  return names.indexOf(names[place]!) === place && names.indexOf(names[place]!, place + 1) < 0
}

async function readNamed(folder: string): Promise<Synset[] | undefined> {
  const file = await firstThere(folder, NAMED)
  if (!file) return undefined
  return (await readLines(file)).map(({text, line}) => {
    const [, id, names] = /^(n\d{8})\s+(.*\S)\s*$/.exec(text) ?? []
    if (!id)
      throw invalidData(`Line ${line} of ${file} should be a synset and its names, but is ${JSON.stringify(text)}.`)
    return {id, names: names!.split(',').map((name) => name.trim())}
  })
}

/** Keras's `{"0": ["n01440764", "tench"], …}`. */
async function readIndex(folder: string): Promise<Synset[] | undefined> {
  const file = await firstThere(folder, INDEX)
  if (!file) return undefined
  return Object.values((await readJson(file)) as Record<string, unknown>).map((entry) => {
    const [id, name] = Array.isArray(entry) ? entry : []
    if (typeof id !== 'string' || typeof name !== 'string') {
      throw invalidData(`${file} should have a synset and its name for each number, but has ${JSON.stringify(entry)}.`)
    }
    return {id, names: [name.replaceAll('_', ' ')]}
  })
}

/** The kit also has the parents of the classes; these have children. */
async function readMeta(folder: string): Promise<Synset[] | undefined> {
  const file = await firstThere(folder, META)
  if (!file) return undefined
  return parseMatStructs(file, await readFile(file), 'synsets').flatMap((entry, index) => {
    const {ILSVRC2012_ID: number, WNID: id, words, num_children: children} = entry
    if (typeof id !== 'string' || typeof words !== 'string' || !Array.isArray(number) || !Array.isArray(children)) {
      throw invalidData(
        `Element ${index + 1} of synsets in ${file} should have ILSVRC2012_ID, WNID, words and num_children.`,
      )
    }
    return children[0] === 0
      ? [{id, names: words.split(',').map((name) => name.trim()), number: number[0] as number}]
      : []
  })
}

async function readNumbered(folder: string): Promise<Synset[] | undefined> {
  const file = await firstThere(folder, NUMBERED)
  if (!file) return undefined
  return (await readLines(file)).map(({text, line}) => {
    const [, id, number, name] = /^(n\d{8})\s+(\d+)\s+(\S+)/.exec(text) ?? []
    if (id) return {id, number: Number(number), names: [name!.replaceAll('_', ' ')]}
    throw invalidData(
      `Line ${line} of ${file} should be a synset, its number and its name, but is ${JSON.stringify(text)}.`,
    )
  })
}
