/** `IMAGE...`: files, folders, globs and `-` become a list of single images, in the order of the arguments. */
import {stat} from 'node:fs/promises'
import {isAbsolute, join} from 'node:path'
import {glob, isDynamicPattern} from 'tinyglobby'
import {messageOf, UsageError} from '../../core/base/errors.js'
import {IMAGE_ENDINGS} from '../../core/image/formats.js'
import type {ImageInput} from '../../core/workflows/images.js'

/**
 * A path that does not exist stays in the list: reading it fails like that of any unreadable image, and the others
 * go on.
 *
 * @param readStdin gives the bytes of `-`; called at most once.
 * @throws {UsageError} no argument at all, an empty one, a folder or glob without images, `-` twice.
 */
export async function expandImages(
  inputs: readonly string[],
  readStdin: () => Promise<Uint8Array>,
): Promise<ImageInput[]> {
  if (inputs.length === 0) {
    throw new UsageError('At least one image is needed: a file, a folder, a glob or - for stdin.', {code: 'image-none'})
  }
  if (inputs.filter((input) => input === '-').length > 1) {
    throw new UsageError('Stdin (-) can be read only once, but is named twice.', {code: 'stdin-twice'})
  }
  const empty = inputs.findIndex((input) => input.trim() === '')
  if (empty >= 0) {
    throw new UsageError(`Every image should have a path, but argument ${empty + 1} is empty.`, {
      code: 'image-none',
      suggestions: ['Is it a shell variable that is not set?'],
    })
  }
  const images: ImageInput[] = []
  for (const input of inputs) images.push(...(await expandOne(input, readStdin)))
  return images
}

async function expandOne(input: string, readStdin: () => Promise<Uint8Array>): Promise<ImageInput[]> {
  if (input === '-') return [{path: '-', bytes: await readStdin()}]
  const kind = await kindOf(input)
  if (kind === 'folder') return (await imagesInFolder(input)).map((path) => ({path}))
  if (kind === 'missing' && isDynamicPattern(input)) return (await imagesOfGlob(input)).map((path) => ({path}))
  return [{path: input}]
}

/** A path that exists is never a glob, whatever characters its name holds. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    return 'missing'
  }
}

async function imagesInFolder(folder: string): Promise<string[]> {
  const found = await globbed(`**/*.{${IMAGE_ENDINGS.join(',')}}`, folder)
  if (found.length > 0) return found.map((name) => join(folder, name))
  throw new UsageError(
    `The folder ${folder} should hold at least one image (${IMAGE_ENDINGS.join(', ')}), but holds none.`,
    {code: 'folder-without-images', suggestions: ['Name another folder, or convert its pictures to PNG or JPEG.']},
  )
}

async function imagesOfGlob(pattern: string): Promise<string[]> {
  const found = await globbed(pattern.replaceAll('\\', process.platform === 'win32' ? '/' : '\\'))
  if (found.length > 0) return found
  throw new UsageError(`No file matches ${pattern}.`, {
    code: 'glob-without-images',
    suggestions: ['** stands for folders of any depth: "photos/**/*.jpg".'],
  })
}

/** Sorted by code points, so that the order is the same on every machine. */
async function globbed(pattern: string, folder?: string): Promise<string[]> {
  try {
    const options = {caseSensitiveMatch: false, expandDirectories: false, absolute: isAbsolute(pattern)}
    const found = await glob(pattern, folder === undefined ? options : {...options, cwd: folder})
    return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  } catch (error) {
    throw new UsageError(`${folder ?? pattern} cannot be searched for images: ${messageOf(error)}.`, {
      code: 'folder-unreadable',
    })
  }
}
