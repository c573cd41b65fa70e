/** A planned scene becomes SVG text: the same bytes for the same scene on every platform, no fonts, no links. */
import {checkCount} from '../../base/check.js'
import {mixSeed, type Random, seededRandom} from '../../base/random.js'
import {drawBackground} from './background.js'
import {between, type Palette, planPalette} from './colours.js'
import {FRAME} from './layers.js'
import {STREAM} from './plan.js'
import {drawSubject, isAloft} from './shapes/draw.js'
import {rounded as r} from './sketch.js'
import type {Scene, SceneObject} from './words.js'

/** Outline of a silhouette in units of the frame of 224. */
const OUTLINE = 1.7
export const MAX_SIZE_PX = 4096

/**
 * @param sizePx width and height the picture is to be drawn at; the drawing scales without loss.
 * @throws {UsageError} `sizePx` is not a whole number from 16 to 4096.
 */
export function sceneSvg(scene: Scene, sizePx = FRAME): string {
  checkCount('sizePx', sizePx, {min: 16, max: MAX_SIZE_PX, unit: 'pixels'})
  const backdrop = drawBackground(scene.background, seededRandom(mixSeed(scene.seed, STREAM.background)))
  const colours = seededRandom(mixSeed(scene.seed, STREAM.colour))
  const palette = planPalette(colours, scene.colour, scene.background)
  const body =
    '<linearGradient id="body" gradientUnits="userSpaceOnUse" x1="0" y1="-45" x2="0" y2="50">' +
    `<stop offset="0" stop-color="${palette.light}"/><stop offset="0.35" stop-color="${palette.body}"/>` +
    `<stop offset="0.7" stop-color="${palette.body}"/><stop offset="1" stop-color="${palette.shade}"/></linearGradient>`
  const light = drawLight(colours)
  // What stands lower is nearer and covers what is behind it.
  const objects = [...scene.objects]
    .sort((a, b) => a.y + a.height / 2 - (b.y + b.height / 2))
    .map((object) => drawFooting(scene, object) + drawObject(scene, object, palette))
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePx}" height="${sizePx}" viewBox="0 0 ${FRAME} ${FRAME}">` +
    `<defs>${body}${backdrop.defs}${light.defs}</defs>${backdrop.body}${objects.join('')}${light.body}</svg>\n`
  )
}

function drawObject(scene: Scene, object: SceneObject, palette: Palette): string {
  const sketch = drawSubject(scene, object.shapeSeed)
  const {left, right, top, bottom} = sketch.box
  const scale = (object.width * FRAME) / (right - left)
  const mirrored = object.flipped ? -scale : scale
  return (
    `<g transform="translate(${r(object.x * FRAME)} ${r(object.y * FRAME)}) rotate(${r(object.rotationDegrees)}) ` +
    `scale(${r4(mirrored)} ${r4(scale)}) translate(${r(-(left + right) / 2)} ${r(-(top + bottom) / 2)})">` +
    `${sketch.svg(palette, OUTLINE / scale)}</g>`
  )
}

/** A shadow where the object touches the ground, or foam where it cuts the water. */
function drawFooting(scene: Scene, {x, y, width, height}: SceneObject): string {
  if (isAloft(scene)) return ''
  const [cx, cy, rx] = [x * FRAME, (y + height / 2) * FRAME, (width * FRAME) / 2]
  const colour = scene.background === 'water' ? '#eafaff' : scene.background === 'night' ? '#000000' : '#1d2026'
  const opacity = scene.background === 'water' ? 0.75 : 0.35
  return `<ellipse cx="${r(cx)}" cy="${r(cy - 1)}" rx="${r(rx * 1.05)}" ry="${r(Math.max(2, rx * 0.12))}" fill="${colour}" fill-opacity="${opacity}"/>`
}

/** Light from one side and a darker rim, weak enough to leave every colour its name. */
function drawLight(random: Random): {defs: string; body: string} {
  const [x, y] = [between(random, 0.2, 0.8), between(random, 0.1, 0.6)]
  const [glow, rim] = [between(random, 0, 0.14), between(random, 0.05, 0.26)]
  const defs =
    `<radialGradient id="light" cx="${r(x)}" cy="${r(y)}" r="0.95"><stop offset="0" stop-color="#ffffff" stop-opacity="${r(glow)}"/>` +
    '<stop offset="0.5" stop-color="#808080" stop-opacity="0"/>' +
    `<stop offset="1" stop-color="#000000" stop-opacity="${r(rim)}"/></radialGradient>`
  return {defs, body: `<rect width="${FRAME}" height="${FRAME}" fill="url(#light)"/>`}
}

function r4(value: number): string {
  return String(Math.round(value * 10_000) / 10_000)
}
