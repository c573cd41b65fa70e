/** Where pictures go: names that never collide with each other or with an image that was read. */
import {stat} from 'node:fs/promises'
import {basename, extname, join, resolve} from 'node:path'
import {UsageError} from '../base/errors.js'
import {formatOfName, PICTURE_FORMATS, type PictureFormat} from './encode.js'

/** One file for everything, or a folder with a file for each image. */
export type OutputPlace =
  | {readonly kind: 'file'; readonly path: string; readonly format: PictureFormat}
  | {readonly kind: 'folder'; readonly path: string}

/**
 * What `--out` means: an ending of a picture is a file, an existing folder or a name without ending is a folder.
 * @throws {UsageError} `out-ending`: the ending is of no format that vwt draws.
 */
export async function planOutput(out = '.'): Promise<OutputPlace> {
  const found = await stat(out).catch(() => undefined)
  if (found?.isDirectory() || /[/\\]$/.test(out)) return {kind: 'folder', path: out}
  const format = formatOfName(out)
  if (format) return {kind: 'file', path: out, format}
  if (extname(out) === '' && !found) return {kind: 'folder', path: out}
  throw new UsageError(
    `--out should be a folder or a file that ends in ${PICTURE_FORMATS.map((ending) => `.${ending}`).join(', ')}, but is ${out}.`,
    {code: 'out-ending', suggestions: [`--out ${out.slice(0, out.length - extname(out).length) || 'picture'}.png`]},
  )
}

export class OutputNames {
  readonly #taken: Set<string>

  /** @param inputs paths that are read and must stay as they are. */
  constructor(inputs: readonly string[]) {
    this.#taken = new Set(inputs.map(keyOf))
  }

  /** `photo.jpg` and `match` become `FOLDER/photo-match.png`, or `photo-match-2.png` where that is taken. */
  inFolder(folder: string, image: string, kind: string): string {
    const stem = image === '-' ? 'stdin' : basename(image, extname(image))
    return this.#firstFree((number) => join(folder, `${stem}-${kind}${number > 1 ? `-${number}` : ''}.png`))
  }

  /** The file itself for page 1, `FILE-2.png` and so on for the next ones. */
  page(path: string, number: number): string {
    const ending = extname(path)
    if (number === 1) {
      this.#checkFree(path)
      return this.#take(path)
    }
    return this.#firstFree((more) => `${path.slice(0, -ending.length)}-${number + more - 1}${ending}`)
  }

  #firstFree(nameOf: (number: number) => string): string {
    let number = 1
    while (this.#taken.has(keyOf(nameOf(number)))) number += 1
    return this.#take(nameOf(number))
  }

  #take(path: string): string {
    this.#taken.add(keyOf(path))
    return path
  }

  #checkFree(path: string): void {
    if (!this.#taken.has(keyOf(path))) return
    throw new UsageError(`--out should be another file than the images that are read, but is ${path}.`, {
      code: 'out-is-input',
      suggestions: ['Name another file.'],
    })
  }
}

/** File systems that do not tell upper from lower case must not lose a picture. */
function keyOf(path: string): string {
  return resolve(path).normalize('NFC').toLowerCase()
}
