/** A scene becomes pixels. */
import sharp from 'sharp'
import {FRAME} from './layers.js'
import {sceneSvg} from './svg.js'
import type {Scene} from './words.js'

/** `data` holds red, green, blue of each pixel, row by row from the top left: `[height, width, 3]`, 0 to 255. */
export type ScenePixels = {readonly data: Uint8Array; readonly width: number; readonly height: number}

/** @throws {UsageError} `sizePx` is not a whole number from 16 to 4096. */
export async function renderScene(scene: Scene, sizePx = FRAME): Promise<ScenePixels> {
  const {data, info} = await picture(scene, sizePx).raw().toBuffer({resolveWithObject: true})
  return {data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width: info.width, height: info.height}
}

/** The scene as the bytes of a PNG file. @throws {UsageError} `sizePx` is not a whole number from 16 to 4096. */
export async function encodeScene(scene: Scene, sizePx = FRAME): Promise<Buffer> {
  return picture(scene, sizePx).png({compressionLevel: 9}).toBuffer()
}

function picture(scene: Scene, sizePx: number) {
  return sharp(Buffer.from(sceneSvg(scene, sizePx)))
    .removeAlpha()
    .toColourspace('srgb')
}
