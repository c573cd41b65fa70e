/** A drawing becomes the bytes of a PNG, WebP or SVG file, without loss in all three. */
import {extname} from 'node:path'
import {UsageError} from '../base/errors.js'
import {type CanvasMemory, type Raster, rasterize} from './canvas.js'
import type {Drawing, Pixels} from './drawing.js'
import {drawingSvg} from './svg.js'

export const PICTURE_FORMATS = ['png', 'webp', 'svg'] as const
export type PictureFormat = (typeof PICTURE_FORMATS)[number]

/** 768 MiB of RGB. */
export const MAX_PICTURE_PIXELS = 2 ** 28
/** What the WebP format can say. */
const MAX_WEBP_SIDE_PX = 16_383
/** From here on a file is written fast rather than small. */
const LARGE_PIXELS = 3_000_000

/** The format that a file name asks for, if it is one. */
export function formatOfName(path: string): PictureFormat | undefined {
  const ending = extname(path).slice(1).toLowerCase()
  return PICTURE_FORMATS.find((format) => format === ending)
}

/**
 * Encodes a drawing.
 * @param memory for the pixels, when pictures are encoded one after the other.
 * @throws {UsageError} `picture-too-large`, with the scale that would fit.
 */
export async function encodeDrawing(
  drawing: Drawing,
  format: PictureFormat,
  memory?: CanvasMemory,
): Promise<Uint8Array> {
  checkPictureSize(drawing, format)
  if (format === 'svg') {
    const encode = (pixels: Pixels) => encodeRaster({...pixels, channels: 3}, 'png')
    return Buffer.from(await drawingSvg(drawing, encode))
  }
  return encodeRaster(rasterize(drawing, memory), format)
}

export async function encodeRaster({data, width, height, channels}: Raster, format: 'png' | 'webp'): Promise<Buffer> {
  const {default: sharp} = await import('sharp')
  const image = sharp(data, {raw: {width, height, channels}, limitInputPixels: false})
  const isLarge = width * height > LARGE_PIXELS
  if (format === 'webp') return image.webp({lossless: true, effort: isLarge ? 0 : 4}).toBuffer()
  return image.png({compressionLevel: isLarge ? 1 : 7, adaptiveFiltering: !isLarge}).toBuffer()
}

/** @throws {UsageError} `picture-too-large` */
export function checkPictureSize({width, height}: Pick<Drawing, 'width' | 'height'>, format: PictureFormat): void {
  const side = Math.max(width, height)
  const excess = Math.max((width * height) / MAX_PICTURE_PIXELS, format === 'webp' ? (side / MAX_WEBP_SIDE_PX) ** 2 : 0)
  if (excess <= 1) return
  const limit =
    width * height > MAX_PICTURE_PIXELS
      ? `${MAX_PICTURE_PIXELS.toLocaleString('en-US')} pixels`
      : `${MAX_WEBP_SIDE_PX} pixels to a side in WebP`
  throw new UsageError(`The picture would be ${width}×${height}, and the limit is ${limit}.`, {
    code: 'picture-too-large',
    suggestions: [`Make it smaller: --scale times ${(0.99 / Math.sqrt(excess)).toFixed(2)} of what it is now.`],
  })
}
