/** `SET...`: folders or globs of images, each with a name, for results set by set. */
import {stat} from 'node:fs/promises'
import {basename, resolve} from 'node:path'
import {isDynamicPattern} from 'tinyglobby'
import {UsageError} from '../../core/base/errors.js'
import type {ImageInput} from '../../core/workflows/images.js'
import {expandImages} from './images.js'

export type NamedImages = {readonly name: string; readonly images: readonly ImageInput[]}

/**
 * Each input is a folder (named after itself), or NAME=FOLDER, or NAME=GLOB.
 *
 * @throws {UsageError} an input is a single file, is missing or without images, or two sets have one name.
 */
export async function expandImageSets(inputs: readonly string[]): Promise<NamedImages[]> {
  const sets: NamedImages[] = []
  for (const input of inputs) {
    const {name, place} = await splitName(input)
    const taken = sets.find((set) => set.name === name)
    if (taken) {
      throw new UsageError(`Each set of images should have a name of its own, but two are called ${name}.`, {
        code: 'set-duplicate',
        suggestions: [`Name them: one=${inputs[sets.indexOf(taken)]} two=${input}`],
      })
    }
    sets.push({name, images: await imagesAt(place)})
  }
  return sets
}

/** A path that exists is never split, whatever characters its name holds. */
async function splitName(input: string): Promise<{name: string; place: string}> {
  const [, name, place] = /^([^=/\\]+)=(.+)$/s.exec(input) ?? []
  if (name === undefined || (await isThere(input))) return {name: basename(resolve(input)), place: input}
  return {name: name.trim(), place: place!}
}

async function imagesAt(place: string): Promise<ImageInput[]> {
  const found = await stat(place).catch(() => undefined)
  if (found?.isDirectory() || (!found && isDynamicPattern(place))) {
    return expandImages([place], async () => new Uint8Array())
  }
  throw new UsageError(
    `A set of images should be a folder or a glob in quotes, but ${place} ${found ? 'is a file' : 'does not exist'}.`,
    {code: 'set-not-folder', suggestions: ['NAME=FOLDER or NAME="FOLDER/**/*.jpg"']},
  )
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
