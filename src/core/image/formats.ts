/** Tells an image format from the first bytes of a file; the file's name is never trusted. */

/** The formats vwt decodes. */
export const IMAGE_FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const
export type ImageFormat = (typeof IMAGE_FORMATS)[number]

/** File endings of these formats, lower case, without a dot: what a folder is searched for. */
export const IMAGE_ENDINGS = ['jpg', 'jpeg', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif'] as const

/** How many bytes from the start both functions below look at. */
const HEAD_BYTES = 64

type Signature = {readonly name: string; readonly at?: number; readonly bytes: string}

const READ: readonly (Signature & {readonly name: ImageFormat})[] = [
  {name: 'jpeg', bytes: '\xff\xd8\xff'},
  {name: 'png', bytes: '\x89PNG\r\n\x1a\n'},
  {name: 'webp', at: 8, bytes: 'WEBP'},
  {name: 'gif', bytes: 'GIF87a'},
  {name: 'gif', bytes: 'GIF89a'},
  {name: 'tiff', bytes: 'II*\0'},
  {name: 'tiff', bytes: 'MM\0*'},
  {name: 'tiff', bytes: 'II+\0'},
  {name: 'tiff', bytes: 'MM\0+'},
]

/** Formats users do hand in and vwt does not read, so that the message can name them. */
const NOT_READ: readonly Signature[] = [
  {name: 'a BMP image', bytes: 'BM'},
  {name: 'a PDF document', bytes: '%PDF'},
  {name: 'a Photoshop document', bytes: '8BPS'},
  {name: 'a JPEG XL image', bytes: '\xff\x0a'},
  {name: 'a JPEG XL image', at: 4, bytes: 'JXL '},
  {name: 'a JPEG 2000 image', at: 4, bytes: 'jP  '},
  {name: 'an SVG drawing', bytes: '<svg'},
  {name: 'an XML file (SVG?)', bytes: '<?xml'},
  {name: 'a web page', bytes: '<!DOCTYPE'},
  {name: 'a web page', bytes: '<!doctype'},
  {name: 'a web page', bytes: '<html'},
  {name: 'a zip archive', bytes: 'PK\x03\x04'},
  {name: 'a Git LFS pointer (the image was not fetched)', bytes: 'version https://git-lfs'},
]

/** The format of a file from its first bytes, or undefined when it is none that vwt decodes. */
export function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  const head = headOf(bytes)
  const found = READ.find((signature) => matches(head, signature))
  if (found) return found.name === 'webp' && !head.startsWith('RIFF') ? undefined : found.name
  return brandsOf(head).some((brand) => brand === 'avif' || brand === 'avis') ? 'avif' : undefined
}

/** What the bytes seem to be when `formatOf` knows no format: `a PDF document`, `text "hello"`, `bytes 00 01 02`. */
export function describeUnknown(bytes: Uint8Array): string {
  const head = headOf(bytes)
  const found = NOT_READ.find((signature) => matches(head, signature))
  if (found) return found.name
  const brand = brandsOf(head)[0]
  if (brand !== undefined) return `a HEIF or video file of brand "${brand}"`
  const start = head.slice(0, 12)
  if (/^[\t\n\r\x20-\x7e]+$/.test(start)) return `text beginning with ${JSON.stringify(start.trim())}`
  const hex = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0'))
  return `data beginning with the bytes ${hex.join(' ')}`
}

/** The first bytes as a string of the same length, one character a byte. */
function headOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, HEAD_BYTES))
}

function matches(head: string, {at = 0, bytes}: Signature): boolean {
  return head.startsWith(bytes, at)
}

/** Major and compatible brands of an ISO base media file (HEIF family), in file order. */
function brandsOf(head: string): string[] {
  if (head.slice(4, 8) !== 'ftyp') return []
  const boxBytes = Math.min(head.charCodeAt(2) * 256 + head.charCodeAt(3), head.length)
  const brands = [head.slice(8, 12)]
  for (let at = 16; at + 4 <= boxBytes; at += 4) brands.push(head.slice(at, at + 4))
  return brands
}
