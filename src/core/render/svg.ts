/** A drawing as SVG text: rectangles stay rectangles, images are embedded once each, lettering becomes strokes. */
import type {Drawing, Line, Mark, Pixels, Rgb} from './drawing.js'

/** @param encode gives the bytes of an image as PNG. */
export async function drawingSvg(drawing: Drawing, encode: (pixels: Pixels) => Promise<Uint8Array>): Promise<string> {
  const {width, height, background, marks} = drawing
  const images = [...new Set(marks.flatMap((mark) => (mark.kind === 'pixels' ? [mark.pixels] : [])))]
  const ids = new Map(images.map((pixels, index) => [pixels, `image${index}`]))
  const definitions: string[] = []
  for (const pixels of images) {
    const data = Buffer.from(await encode(pixels)).toString('base64')
    const size = `width="${pixels.width}" height="${pixels.height}"`
    definitions.push(
      `<image id="${ids.get(pixels)}" ${size} image-rendering="pixelated" href="data:image/png;base64,${data}"/>`,
    )
  }
  const paper = background ? `<rect width="${width}" height="${height}" fill="${hex(background)}"/>` : ''
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n` +
    (definitions.length > 0 ? `<defs>\n${definitions.join('\n')}\n</defs>\n` : '') +
    [paper, ...marks.map((mark) => element(mark, ids))].filter(Boolean).join('\n') +
    '\n</svg>\n'
  )
}

function element(mark: Mark, ids: ReadonlyMap<Pixels, string>): string {
  if (mark.kind === 'pixels') return `<use href="#${ids.get(mark.pixels)}" x="${mark.left}" y="${mark.top}"/>`
  if (mark.kind === 'rect') {
    const {box, colour, opacity = 1} = mark
    const faint = opacity < 1 ? ` fill-opacity="${opacity}"` : ''
    const place = `x="${box.left}" y="${box.top}" width="${box.width}" height="${box.height}"`
    // Neighbouring rectangles share whole edges; smoothing would draw a seam between them.
    return `<rect ${place} fill="${hex(colour)}"${faint} shape-rendering="crispEdges"/>`
  }
  if (mark.lines.length === 0) return ''
  const path = mark.lines.map(pathOf).join('')
  const stroke = `stroke="${hex(mark.colour)}" stroke-width="${short(mark.widthPx)}"`
  return `<path d="${path}" fill="none" ${stroke} stroke-linecap="round" stroke-linejoin="round"/>`
}

function pathOf(line: Line): string {
  const points: string[] = []
  for (let at = 0; at < line.length; at += 2) points.push(`${short(line[at]!)} ${short(line[at + 1]!)}`)
  return `M${points.join('L')}`
}

function hex(colour: Rgb): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100)
}
