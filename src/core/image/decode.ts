/**
 * A file becomes 8-bit RGB pixels, the way Pillow and transformers' `load_image` read it, to the bit for all but AVIF.
 * The only door of the image decoder (sharp) in core's pixel path.
 */
import {readFile, stat} from 'node:fs/promises'
import type {Metadata, Sharp, SharpOptions} from 'sharp'
import {ImageError, messageOf} from '../base/errors.js'
import {describeUnknown, formatOf, type ImageFormat} from './formats.js'
import {colorUnderTransparency} from './gif.js'

/** RGB, 8 bits, row by row from the top left, upright: `data[(y * width + x) * 3 + channel]`. */
export type DecodedImage = {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** The path as it was given, or the name given to bytes. */
  readonly path: string
  readonly format: ImageFormat
}

export type DecodeOptions = {
  /** Largest image decoded, width × height; default `DEFAULT_MAX_PIXELS`. */
  readonly maxPixels?: number
  /** What to call bytes in messages; default `image data`. */
  readonly name?: string
  /** What the decoder does on its own threads before the pixels come out. `width` and `height` are those upright. */
  readonly finish?: (image: Sharp, size: {readonly width: number; readonly height: number}) => Sharp
}

/** 512 MiB of RGB: the size at which Pillow, too, refuses an image as a decompression bomb. */
export const DEFAULT_MAX_PIXELS = 178_956_970

/**
 * Decodes one image.
 *
 * As Pillow does it: embedded colour profiles and gamma are ignored, alpha is dropped rather than blended (the colour
 * under transparency shows), of an animation the first frame counts, of a TIFF the first page, EXIF orientation is
 * applied, and CMYK becomes RGB by plain subtraction. 16-bit channels keep their high byte; Pillow does so for colour
 * but cuts greyscale off at 255 of 65,535, which turns a photo white, so there vwt departs.
 *
 * @param source a path, or the bytes of a file.
 * @throws {ImageError} missing, a folder, empty, no image, too many pixels, damaged or cut short: one code for each.
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions = {}): Promise<DecodedImage> {
  const path = typeof source === 'string' ? source : (options.name ?? 'image data')
  const bytes = typeof source === 'string' ? await readImageFile(source) : source
  const format = checkFormat(path, bytes)
  const {default: sharp} = await import('sharp')
  // Images are read once: the decoder's cache would hold on to the last ones for nothing.
  sharp.cache(false)
  // 'error' refuses truncated files of every format ('truncated' lets TIFF pass) and, like Pillow, lets warnings be.
  const settings: SharpOptions = {ignoreIcc: true, failOn: 'error', limitInputPixels: false, autoOrient: true}
  try {
    const header = await sharp(bytes, settings).metadata()
    checkPixelCount(path, header, options.maxPixels ?? DEFAULT_MAX_PIXELS)
    const image = sharp(bytes, settings)
    const {finish} = options
    // The decoder's own resizing would mix transparent pixels in black: those formats are decoded first.
    const byHand =
      header.space === 'cmyk'
        ? await cmykPixels(image)
        : format === 'gif' && header.hasAlpha
          ? await gifPixels(image, bytes)
          : finish && header.hasAlpha
            ? await rgbPixels(image)
            : undefined
    if (byHand && !finish) return {...byHand, path, format}
    const {data, width, height} = byHand ?? {}
    const decoded = byHand ? sharp(data, {raw: {width: width!, height: height!, channels: 3}}) : image
    const finished = finish?.(decoded, byHand ?? header.autoOrient) ?? decoded
    return {...(await rgbPixels(finished)), path, format}
  } catch (error) {
    if (error instanceof ImageError) throw error
    throw new ImageError(
      `${path} is damaged or cut short: it begins as ${format.toUpperCase()}, but ${reason(error)}.`,
      {
        code: 'image-damaged',
        suggestions: ['Fetch or export the file again; an interrupted download is the usual cause.'],
        cause: error,
      },
    )
  }
}

type Pixels = Pick<DecodedImage, 'data' | 'width' | 'height'>

async function rgbPixels(image: Sharp): Promise<Pixels> {
  const {data, info} = await image.toColourspace('srgb').removeAlpha().raw().toBuffer({resolveWithObject: true})
  return {data, width: info.width, height: info.height}
}

/** The decoder makes transparent pixels black; here they get the palette's colour, as in every other format. */
async function gifPixels(image: Sharp, bytes: Uint8Array): Promise<Pixels> {
  const raw = image.toColourspace('srgb').ensureAlpha().raw()
  const {data: rgba, info} = await raw.toBuffer({resolveWithObject: true})
  const hidden = colorUnderTransparency(bytes)
  const data = new Uint8Array(info.width * info.height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data.set(rgba[from + 3] === 0 ? hidden : rgba.subarray(from, from + 3), to)
  }
  return {data, width: info.width, height: info.height}
}

/** Ink to light without a profile: each channel is (255 - ink) · (255 - black) / 255, rounded. */
async function cmykPixels(image: Sharp): Promise<Pixels> {
  const raw = image.pipelineColourspace('cmyk').toColourspace('cmyk').raw()
  const {data: inks, info} = await raw.toBuffer({resolveWithObject: true})
  const data = new Uint8Array(info.width * info.height * 3)
  for (let from = 0, to = 0; to < data.length; from += info.channels, to += 3) {
    const light = 255 - inks[from + 3]!
    for (let channel = 0; channel < 3; channel += 1) {
      data[to + channel] = light - Math.round((inks[from + channel]! * light) / 255)
    }
  }
  return {data, width: info.width, height: info.height}
}

async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    const entry = await stat(path)
    if (entry.isDirectory()) throw folderError(path)
    if (entry.isCharacterDevice() || entry.isBlockDevice()) {
      throw new ImageError(`${path} should be an image file, but is a device.`, {code: 'image-unreadable'})
    }
    return await readFile(path)
  } catch (error) {
    if (error instanceof ImageError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new ImageError(`There is no image file ${path}.`, {
        code: 'image-missing',
        suggestions: ['Check the spelling; relative paths start at the current folder.'],
        cause: error,
      })
    }
    throw new ImageError(`${path} cannot be read: ${messageOf(error)}`, {cause: error})
  }
}

function folderError(path: string): ImageError {
  return new ImageError(`${path} should be one image file, but is a folder.`, {code: 'image-is-folder'})
}

function checkFormat(path: string, bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) {
    throw new ImageError(`${path} is empty: 0 bytes where an image was expected.`, {
      code: 'image-empty',
      suggestions: ['Fetch or export the file again.'],
    })
  }
  const format = formatOf(bytes)
  if (format) return format
  throw new ImageError(
    `${path} should be a JPEG, PNG, WebP, GIF, TIFF or AVIF image, but is ${describeUnknown(bytes)}.`,
    {code: 'image-not-recognized', suggestions: ['Convert it to PNG or JPEG first.']},
  )
}

function checkPixelCount(path: string, {width, height}: Metadata, maxPixels: number): void {
  if (width * height <= maxPixels) return
  const size = `${width}×${height} = ${grouped(width * height)} pixels`
  throw new ImageError(`${path} is ${size}, and the limit is ${grouped(maxPixels)}.`, {
    code: 'image-too-large',
    suggestions: ['Scale the image down first.', `Raise the limit: --max-pixels ${width * height}.`],
  })
}

/** `900,000,000` */
function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** The decoder's own words, without the repetition of a long list of attempts. */
function reason(error: unknown): string {
  const lines = error instanceof Error ? error.message.split('\n') : [String(error)]
  const line = lines.map((text) => text.trim()).find((text) => text !== '' && !text.endsWith(':')) ?? 'it is unreadable'
  return `the decoder says "${line.replace(/^Input buffer has corrupt header: /, '').replace(/\.$/, '')}"`
}
