/** The one thing the decoder does not tell about a GIF: which colour its transparent pixels have. */

const EXTENSION = 0x21
const GRAPHIC_CONTROL = 0xf9
const IMAGE = 0x2c
const TABLE_FLAG = 0x80
const TRANSPARENT_FLAG = 1

/**
 * The palette colour, red, green and blue, of the transparent pixels of the first frame: the colour that shows when
 * transparency is ignored. Without transparency the first colour, which is what lies around a frame smaller than the
 * picture. Black when the file has no palette or ends too early.
 *
 * @param bytes a GIF file.  @see GIF89a specification, sections 17 to 23.
 */
export function colorUnderTransparency(bytes: Uint8Array): readonly [number, number, number] {
  const globalFlags = bytes[10] ?? 0
  let palette = 13
  let at = palette + tableBytes(globalFlags)
  let index = 0
  while (bytes[at] === EXTENSION) {
    if (bytes[at + 1] === GRAPHIC_CONTROL && (bytes[at + 3]! & TRANSPARENT_FLAG) !== 0) index = bytes[at + 6]!
    at = skipSubBlocks(bytes, at + 2)
  }
  const localFlags = bytes[at] === IMAGE ? (bytes[at + 9] ?? 0) : 0
  if (localFlags & TABLE_FLAG) palette = at + 10
  else if (!(globalFlags & TABLE_FLAG)) return [0, 0, 0]
  const color = palette + 3 * index
  return [bytes[color] ?? 0, bytes[color + 1] ?? 0, bytes[color + 2] ?? 0]
}

function tableBytes(flags: number): number {
  return flags & TABLE_FLAG ? 3 * 2 ** ((flags & 7) + 1) : 0
}

/** Where the sub-blocks that begin at `at` end: each says its length, the last says 0. */
function skipSubBlocks(bytes: Uint8Array, at: number): number {
  let next = at
  while (next < bytes.length && bytes[next] !== 0) next += bytes[next]! + 1
  return next + 1
}
