/** Where vocabularies are: shipped with vwt, a file, vwt's own data folder. */
import {stat} from 'node:fs/promises'
import {homedir} from 'node:os'
import {basename, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {ModelError} from '../base/errors.js'
import {dataFolder} from '../base/places.js'

export type VocabularyPlaces = {
  readonly bundled: string
  readonly vwt: string
  /** Relative paths start here. */
  readonly cwd: string
}

export type VocabularyLocation = {
  readonly name: string
  readonly path: string
  readonly source: 'bundled' | 'file' | 'vwt'
}

export const VOCABULARY_ENDING = '.safetensors'

/** The folders vocabularies with names live in; each may be absent. */
export function vocabularyPlaces(env: NodeJS.ProcessEnv = process.env): VocabularyPlaces {
  return {
    bundled: fileURLToPath(new URL('../../../vocab', import.meta.url)),
    vwt: join(dataFolder({platform: process.platform, home: homedir(), env}), 'vocab'),
    cwd: process.cwd(),
  }
}

/**
 * Finds the file of `--vocab`: a shipped name, else a file, else a name in vwt's data folder.
 * @throws {ModelError} nothing is there; the message lists the places.
 */
export async function findVocabulary(
  nameOrFile: string,
  places: VocabularyPlaces = vocabularyPlaces(),
): Promise<VocabularyLocation> {
  const file = resolve(places.cwd, nameOrFile)
  const isName = /^[\w.-]+$/.test(nameOrFile) && !nameOrFile.endsWith(VOCABULARY_ENDING) && !/^\.+$/.test(nameOrFile)
  const named = (folder: string) => join(folder, nameOrFile + VOCABULARY_ENDING)
  const candidates: VocabularyLocation[] = isName
    ? [
        {name: nameOrFile, path: named(places.bundled), source: 'bundled'},
        {name: nameOrFile, path: file, source: 'file'},
        {name: nameOrFile, path: named(places.vwt), source: 'vwt'},
      ]
    : [{name: basename(nameOrFile, VOCABULARY_ENDING), path: file, source: 'file'}]
  for (const candidate of candidates) {
    const status = nameOrFile.trim() === '' ? undefined : await stat(candidate.path).catch(() => undefined)
    if (status?.isFile()) return candidate
  }
  const tried = candidates.map(({path}) => `\n  ${path}`).join('')
  throw new ModelError(`There is no vocabulary ${JSON.stringify(nameOrFile)}. Looked for:${tried}`, {
    code: 'vocab-missing',
    suggestions: ['vwt vocab list', 'Learn one from your images: vwt build-vocab IMAGE... --words 1000 --out FILE'],
  })
}
