/** Results gathered image by image: progress on the way, failures counted, Ctrl-C keeps what is done. */
import {InterruptedError} from '../../core/base/errors.js'
import type {Progress} from './progress.js'

export type Gathered<Image> = {
  readonly images: Image[]
  /** Present when the work was stopped before all images were done; part of the result then. */
  readonly stopped: {readonly incomplete?: true}
}

/**
 * @param onFailed called for each image that could not be read.
 * @throws {InterruptedError} the work was stopped before the first image was done.
 */
export async function gatherImages<Image extends {readonly path: string}>(
  results: AsyncIterable<Image>,
  progress: Progress,
  onFailed: (image: Image) => void,
): Promise<Gathered<Image>> {
  const images: Image[] = []
  try {
    for await (const image of results) {
      images.push(image)
      if ('error' in image) onFailed(image)
      progress.step(images.length, image.path)
    }
    return {images, stopped: {}}
  } catch (error) {
    if (!(error instanceof InterruptedError) || images.length === 0) throw error
    return {images, stopped: {incomplete: true}}
  } finally {
    progress.stop()
  }
}
