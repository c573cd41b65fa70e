/** The photo at the size at which it is drawn. */
import type {Geometry} from '../image/geometry.js'
import type {Pixels} from './drawing.js'

/** Smaller crops are enlarged by whole factors until they reach this, so that patches and captions can be read. */
const LEAST_CROP_PX = 320
const MAX_AUTO_SCALE = 32

/** 1 for any photo whose crop has 320 pixels on its shorter side, otherwise the smallest whole number that gives them. */
export function automaticScale({source, resizeWidth, resizeHeight, cropWidth, cropHeight}: Geometry): number {
  const width = (cropWidth * source.width) / resizeWidth
  const height = (cropHeight * source.height) / resizeHeight
  return Math.min(MAX_AUTO_SCALE, Math.max(1, Math.ceil(LEAST_CROP_PX / Math.min(width, height))))
}

/** Resizes with a cubic filter; the photo itself, not a copy, at scale 1. */
export async function scalePhoto({data, width, height}: Pixels, scale: number): Promise<Pixels> {
  const size = {width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale))}
  if (size.width === width && size.height === height) return {data, width, height}
  const {default: sharp} = await import('sharp')
  const source = sharp(data, {raw: {width, height, channels: 3}, limitInputPixels: false})
  const resized = await source
    .resize({...size, fit: 'fill', kernel: 'cubic'})
    .raw()
    .toBuffer({resolveWithObject: true})
  return {data: resized.data, width: resized.info.width, height: resized.info.height}
}

/**
 * What the model saw of the photo, at another size.
 * @param seen part of the model's input that is shown, from its top left corner.
 */
export async function cropPhoto(
  {data, width, height}: Pixels,
  {source, resizeWidth, resizeHeight, cropLeft, cropTop}: Geometry,
  {seen, size}: {readonly seen: PixelSize; readonly size: PixelSize},
): Promise<Pixels> {
  const [stepX, stepY] = [source.width / resizeWidth, source.height / resizeHeight]
  const along = (from: number, length: number, limit: number) => {
    const start = Math.min(limit - 1, Math.max(0, Math.round(from)))
    return {start, length: Math.min(limit, Math.max(start + 1, Math.round(from + length))) - start}
  }
  const x = along(source.left + cropLeft * stepX, seen.width * stepX, width)
  const y = along(source.top + cropTop * stepY, seen.height * stepY, height)
  const {default: sharp} = await import('sharp')
  const resized = await sharp(data, {raw: {width, height, channels: 3}, limitInputPixels: false})
    .extract({left: x.start, top: y.start, width: x.length, height: y.length})
    .resize({...size, fit: 'fill', kernel: 'cubic'})
    .raw()
    .toBuffer({resolveWithObject: true})
  return {data: resized.data, width: resized.info.width, height: resized.info.height}
}

type PixelSize = Pick<Pixels, 'width' | 'height'>

/** Every pixel becomes a square of `factor` pixels. */
export function enlarge({data, width, height}: Pixels, factor: number): Pixels {
  const large = new Uint8Array(width * height * 3 * factor * factor)
  for (let y = 0; y < height * factor; y += 1) {
    for (let x = 0; x < width * factor; x += 1) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3
      large.set(data.subarray(from, from + 3), (y * width * factor + x) * 3)
    }
  }
  return {data: large, width: width * factor, height: height * factor}
}
