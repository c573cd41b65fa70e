/** A picture in the terminal: by the graphics protocol of kitty or iTerm2, in half blocks elsewhere. */
import {Chalk, type ColorSupportLevel} from 'chalk'

export type PreviewProtocol = 'kitty' | 'iterm' | 'blocks' | 'none'

export type Terminal = {
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Colours it is given: 0 none, 1 sixteen, 2 256, 3 all. */
  readonly colourLevel: ColorSupportLevel
}

/** Widest image sent to a terminal, in pixels. */
const MAX_SENT_PX = 1600
/** Least cells of a preview in half blocks. */
const MIN_COLUMNS = 10
const KITTY_CHUNK = 4096

/** What the terminal can show, as far as its environment says. Multiplexers pass no graphics on. */
export function previewProtocol({isTerminal, env, colourLevel}: Terminal): PreviewProtocol {
  if (!isTerminal || env.TERM === 'dumb') return 'none'
  const isMultiplexed = env.TMUX !== undefined || env.STY !== undefined || /^(screen|tmux)/.test(env.TERM ?? '')
  if (!isMultiplexed) {
    const program = env.TERM_PROGRAM ?? ''
    if (env.KITTY_WINDOW_ID || /kitty|ghostty/.test(env.TERM ?? '') || program === 'ghostty') return 'kitty'
    if (/^(iTerm\.app|WezTerm|mintty)$/.test(program) || env.LC_TERMINAL === 'iTerm2') return 'iterm'
  }
  return colourLevel > 0 ? 'blocks' : 'none'
}

/**
 * The picture as text to write to the terminal; empty for `none`.
 * @param bytes of a PNG, WebP or SVG file.  @param columns cells to fill.
 */
export async function formatPreview(
  bytes: Uint8Array,
  {
    protocol,
    columns,
    colourLevel,
  }: {readonly protocol: PreviewProtocol; readonly columns: number; readonly colourLevel: ColorSupportLevel},
): Promise<string> {
  if (protocol === 'none') return ''
  if (protocol === 'blocks') return halfBlocks(bytes, Math.max(MIN_COLUMNS, columns), colourLevel)
  const {default: sharp} = await import('sharp')
  const image = sharp(bytes, {limitInputPixels: false, unlimited: true})
  const png = await image.resize({width: MAX_SENT_PX, withoutEnlargement: true}).png().toBuffer()
  const data = png.toString('base64')
  return protocol === 'kitty' ? kitty(data, columns) : iterm(data, columns, png.length)
}

/** Escape codes of https://sw.kovidgoyal.net/kitty/graphics-protocol: PNG data in pieces, all but the last with m=1. */
function kitty(data: string, columns: number): string {
  const pieces = data.match(new RegExp(`.{1,${KITTY_CHUNK}}`, 'g')) ?? []
  const sent = pieces.map((piece, index) => {
    const more = index < pieces.length - 1 ? 1 : 0
    const control = index === 0 ? `a=T,f=100,q=2,c=${columns},m=${more}` : `m=${more}`
    return `\u001B_G${control};${piece}\u001B\\`
  })
  return `${sent.join('')}\n`
}

/** The escape code of https://iterm2.com/documentation-images.html. */
function iterm(data: string, columns: number, byteLength: number): string {
  const settings = `inline=1;size=${byteLength};width=${columns};preserveAspectRatio=1`
  return `\u001B]1337;File=${settings}:${data}\u0007\n`
}

/** Each cell shows two pixels: the upper one as its letter's colour, the lower one as its ground. */
async function halfBlocks(bytes: Uint8Array, columns: number, colourLevel: ColorSupportLevel): Promise<string> {
  const {default: sharp} = await import('sharp')
  const {data, info} = await sharp(bytes, {limitInputPixels: false, unlimited: true})
    .flatten({background: '#ffffff'})
    .resize({width: columns})
    .toColourspace('srgb')
    .raw()
    .toBuffer({resolveWithObject: true})
  const paint = new Chalk({level: colourLevel})
  const colourAt = (x: number, y: number) => {
    const at = (y * info.width + x) * info.channels
    return [data[at]!, data[at + 1]!, data[at + 2]!] as const
  }
  const lines = Array.from({length: Math.ceil(info.height / 2)}, (_, row) =>
    Array.from({length: info.width}, (_unused, x) => {
      const upper = paint.rgb(...colourAt(x, 2 * row))
      const hasLower = 2 * row + 1 < info.height
      return hasLower ? upper.bgRgb(...colourAt(x, 2 * row + 1))('▀') : upper('▀')
    }).join(''),
  )
  return `${lines.join('\n')}\n`
}
