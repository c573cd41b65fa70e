/** Captions in the files that the COCO and NoCaps evaluations read, for whoever scores elsewhere. */
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {messageOf, UsageError} from '../base/errors.js'
import type {BenchOutcomes} from './bench/outcomes.js'

/** Captions of one contestant, in the order of the images. */
export type NamedCaptions = {readonly method: string; readonly captions: readonly string[]}

/** A bench's outcomes as `writeCocoCaptions` takes them; undefined when no captions were asked for. */
export function cocoOf({
  images,
  methods,
}: BenchOutcomes): (CocoSource & {readonly contestants: NamedCaptions[]}) | undefined {
  const contestants = methods.flatMap(({method, captions}) => (captions ? [{method, captions}] : []))
  if (contestants.length === 0) return undefined
  return {
    contestants,
    imageIds: images.every(({id}) => id !== undefined) ? images.map(({id}) => id!) : undefined,
    references: images.every(({references}) => references) ? images.map(({references}) => references!) : undefined,
  }
}

export type CocoSource = {
  /** Number of each image in its data set; undefined numbers them from 1. */
  readonly imageIds?: readonly number[] | undefined
  /** What people wrote, for each image. */
  readonly references?: readonly (readonly string[])[] | undefined
}

/** `[{image_id, caption}]`: what evaluation servers take as results. */
export function cocoResults(captions: readonly string[], imageIds?: readonly number[]): object[] {
  return captions.map((caption, index) => ({image_id: imageIds?.[index] ?? index + 1, caption}))
}

/** The references as COCO's own files have them: images, and annotations that point at them. */
export function cocoAnnotations(references: readonly (readonly string[])[], imageIds?: readonly number[]): object {
  const idOf = (index: number) => imageIds?.[index] ?? index + 1
  let id = 0
  return {
    info: {},
    licenses: [],
    type: 'captions',
    images: references.map((_, index) => ({id: idOf(index)})),
    annotations: references.flatMap((texts, index) =>
      texts.map((caption) => {
        id += 1
        return {id, image_id: idOf(index), caption}
      }),
    ),
  }
}

/**
 * Writes a results file for each contestant, `results-intra-0.5.json`, and `references.json` beside them.
 *
 * @returns the paths written.  @throws {UsageError} `write-failed`.
 */
export async function writeCocoCaptions(
  folder: string,
  contestants: readonly NamedCaptions[],
  {imageIds, references}: CocoSource = {},
): Promise<string[]> {
  const files = [
    ...contestants.map(({method, captions}) => ({name: resultsName(method), content: cocoResults(captions, imageIds)})),
    ...(references ? [{name: 'references.json', content: cocoAnnotations(references, imageIds)}] : []),
  ]
  const paths: string[] = []
  try {
    await mkdir(folder, {recursive: true})
    for (const {name, content} of files) {
      const path = join(folder, name)
      await writeFile(path, `${JSON.stringify(content)}\n`)
      paths.push(path)
    }
  } catch (error) {
    throw new UsageError(`Captions cannot be written to ${folder}: ${messageOf(error)}.`, {
      code: 'write-failed',
      suggestions: ['Name a folder you may write to.'],
      cause: error,
    })
  }
  return paths
}

/** `intra:0.3+tome:[8,8]` → `results-intra-0.3+tome-8-8.json`. */
function resultsName(method: string): string {
  return `results-${method.replaceAll(/[^\w.+-]+/g, '-').replace(/-$/, '')}.json`
}
