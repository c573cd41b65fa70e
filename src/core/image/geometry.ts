/** Which part of an image is resized to what and cropped where: whole numbers only, decided before any pixel moves. */
import {ImageError} from '../base/errors.js'
import type {DecodedImage} from './decode.js'
import type {ImageProcessor, Size} from './processor.js'

export type Rectangle = Size & {readonly left: number; readonly top: number}

/** All in pixels. `cropLeft` and `cropTop` are negative where black is put around a resized image that is too small. */
export type Geometry = {
  /** The part of the decoded image that is used; all of it for Hugging Face's processors. */
  readonly source: Rectangle
  readonly resizeWidth: number
  readonly resizeHeight: number
  readonly cropLeft: number
  readonly cropTop: number
  readonly cropWidth: number
  readonly cropHeight: number
}

/** Most pixels an image may have after resizing and before the crop: 96 MiB of RGB. */
export const MAX_RESIZED_PIXELS = 2 ** 25

/**
 * Plans the way of one image to model input, as transformers computes it: the longer side is
 * `size · long / short` cut to a whole number, crop offsets are rounded down.
 *
 * @param width of the decoded image.  @param height likewise.  @param path for the message.
 * @throws {ImageError} `image-too-narrow`: keeping the aspect would make the longer side enormous.
 */
export function planGeometry(processor: ImageProcessor, width: number, height: number, path = 'The image'): Geometry {
  const source = sourceRectangle(processor, width, height)
  const resized = resizedSize(processor, source)
  if (resized.width * resized.height > MAX_RESIZED_PIXELS) {
    throw new ImageError(
      `${path} is ${width}×${height}, too narrow for ${processor.name}: with its aspect kept it would be resized to ` +
        `${resized.width}×${resized.height}, and the limit is ${MAX_RESIZED_PIXELS.toLocaleString('en-US')} pixels.`,
      {
        code: 'image-too-narrow',
        suggestions: ['Cut out the part that matters.', 'Use --preprocess paper, which does not keep the aspect.'],
      },
    )
  }
  const crop = processor.crop ?? resized
  return {
    source,
    resizeWidth: resized.width,
    resizeHeight: resized.height,
    cropLeft: Math.floor((resized.width - crop.width) / 2),
    cropTop: Math.floor((resized.height - crop.height) / 2),
    cropWidth: crop.width,
    cropHeight: crop.height,
  }
}

/**
 * The planned part of the source as an image of its own; the image itself, not a copy, when all of it is used.
 * Black is put around a source smaller than the part, as torchvision does.
 */
export function cropToSource(image: DecodedImage, {source}: Geometry): DecodedImage {
  const {left, top, width, height} = source
  if (left === 0 && top === 0 && width === image.width && height === image.height) return image
  const data = new Uint8Array(width * height * 3)
  const from = Math.max(0, left)
  const until = Math.min(image.width, left + width)
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y += 1) {
    const row = image.data.subarray((y * image.width + from) * 3, (y * image.width + until) * 3)
    data.set(row, ((y - top) * width + from - left) * 3)
  }
  return {...image, data, width, height}
}

function sourceRectangle({sourceCrop}: ImageProcessor, width: number, height: number): Rectangle {
  if (!sourceCrop) return {left: 0, top: 0, width, height}
  return {
    left: centeredOffset(width, sourceCrop.width),
    top: centeredOffset(height, sourceCrop.height),
    ...sourceCrop,
  }
}

/**
 * torchvision's CenterCrop: a smaller side is padded by half the lack, rounded down, before it; otherwise half the
 * excess is cut off, an exact half rounded to even as Python's `round` does.
 */
function centeredOffset(length: number, wanted: number): number {
  if (length < wanted) return 0 - Math.floor((wanted - length) / 2)
  const half = (length - wanted) / 2
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2)
}

function resizedSize({resize}: ImageProcessor, {width, height}: Size): Size {
  if (!resize) return {width, height}
  if ('width' in resize) return resize
  const {shortestEdge} = resize
  const longestEdge = Math.trunc((shortestEdge * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? {width: shortestEdge, height: longestEdge} : {width: longestEdge, height: shortestEdge}
}
