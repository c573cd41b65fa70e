/** What identifies the images of a bench, wherever they lie: the hash of each, and of all with what is known of them. */
import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {InterruptedError} from '../../base/errors.js'
import type {BenchSet} from './set.js'

export type SetFingerprint = {
  /** Of the images, their order, labels, captions and groups, and the prompts. */
  readonly sha256: string
  /** SHA-256 of the file of each image; null where it cannot be read. */
  readonly images: readonly (string | null)[]
}

/** Files read at once. */
const TOGETHER = 8

/** @throws {InterruptedError} the signal was aborted. */
export async function fingerprintSet(set: BenchSet, signal?: AbortSignal): Promise<SetFingerprint> {
  const images: (string | null)[] = []
  for (let first = 0; first < set.images.length; first += TOGETHER) {
    if (signal?.aborted) throw new InterruptedError()
    const part = set.images.slice(first, first + TOGETHER)
    images.push(
      ...(await Promise.all(
        part.map(async ({path, bytes}) => {
          const content = bytes ?? (await readFile(path).catch(() => undefined))
          return content ? createHash('sha256').update(content).digest('hex') : null
        }),
      )),
    )
  }
  const {images: _, name: __, ...known} = set
  const all = createHash('sha256').update(JSON.stringify(known)).update(JSON.stringify(images))
  return {sha256: all.digest('hex'), images}
}
