/** Files and folders of a data set, and what is said when they are not as published. */
import {readdir, readFile, stat} from 'node:fs/promises'
import {extname, join} from 'node:path'
import {messageOf, UsageError} from '../../base/errors.js'
import {IMAGE_ENDINGS} from '../../image/formats.js'

/** @throws {UsageError} `data-invalid`: the file is missing, unreadable, or no UTF-8. */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(await readFile(file))
  } catch (error) {
    throw invalidData(`${file} should be UTF-8 text, but cannot be read as such: ${messageOf(error)}.`)
  }
}

/** A file that is one JSON document. @throws {UsageError} `data-invalid`. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readText(file)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidData(`${file} should be one JSON document, but is not: ${messageOf(error)}.`, [
      'It may have been cut off: fetch it again.',
    ])
  }
}

/** A line of a text file without its line end, and where it stands. */
export type Line = {readonly text: string /** From 1. */; readonly line: number}

/** The lines that hold more than blanks. @throws {UsageError} `data-invalid`. */
export async function readLines(file: string): Promise<Line[]> {
  const lines = (await readText(file)).split(/\r\n|\r|\n/)
  return lines.flatMap((text, index) => (text.trim() === '' ? [] : [{text, line: index + 1}]))
}

/** The first of `names` that is a file or folder below `folder`, as a path. */
export async function firstThere(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = join(folder, name)
    if (await isThere(path)) return path
  }
  return undefined
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Names of the folders in a folder, sorted; hidden ones are left out, links to folders are not. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
  const names: string[] = []
  for (const entry of entries) {
    const isOne = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(join(folder, entry.name))))
    if (isOne && !entry.name.startsWith('.')) names.push(entry.name)
  }
  return names.sort()
}

/** Paths of the images in a folder, relative to it, sorted. @param recursive also those in its folders. */
export async function imagesIn(folder: string, recursive = false): Promise<string[]> {
  const names = await readdir(folder, {recursive}).catch(() => [] as string[])
  return names
    .filter((name) => (IMAGE_ENDINGS as readonly string[]).includes(extname(name).slice(1).toLowerCase()))
    .sort()
}

/** As many images are looked for before a folder is said not to hold them. */
const PROBES = 20

/**
 * The folder below `root` that holds the named images. Only a few are looked for, as a whole folder is more often amiss
 * than one file; single images that are missing are told by the bench, which goes on without them.
 *
 * @param folders candidates, relative to `root`.
 * @param names relative to the folder that is looked for.
 * @throws {UsageError} `data-incomplete`: none of the candidates holds any of them.
 */
export async function folderHolding(
  root: string,
  folders: readonly string[],
  names: readonly string[],
  {named, source}: {readonly named: string; readonly source: string},
): Promise<string> {
  if (names.length === 0) throw invalidData(`${named} should name at least one image, but names none.`)
  const step = Math.ceil(names.length / PROBES)
  const probes = names.filter((_, index) => index % step === 0)
  for (const folder of folders) if (await firstThere(join(root, folder), probes)) return join(root, folder)
  const places = folders.map((folder) => join(root, folder)).join(' or ')
  throw incomplete(`${named} names ${names[0]} and others, which should be in ${places}, but are not.`, source)
}

/** A part of the data set is not there. */
export function incomplete(message: string, source: string): UsageError {
  return new UsageError(message, {code: 'data-incomplete', suggestions: [`It comes from ${source}.`]})
}

export function missingFile(folder: string, name: string, source: string): UsageError {
  return incomplete(`${folder} should hold ${name}, but does not.`, source)
}

export function invalidData(message: string, suggestions: readonly string[] = []): UsageError {
  return new UsageError(message, {code: 'data-invalid', suggestions})
}
