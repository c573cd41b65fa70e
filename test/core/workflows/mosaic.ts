/** Pictures of 4 × 4 patches in plain colours, and vocabularies of such colours: groups can be told by eye. */
import {join} from 'node:path'
import sharp from 'sharp'
import {type VocabularyData, writeVocabulary} from '../../../src/core/vocab/vocabulary.js'
import {temporaryFolder} from '../weights/files.js'

const COLOURS = {R: [255, 0, 0], G: [0, 255, 0], B: [0, 0, 255], W: [255, 255, 255]} as const
export type Colour = keyof typeof COLOURS

const PATCH_PX = 16
const MEAN = [0.48145466, 0.4578275, 0.40821073]
const STD = [0.26862954, 0.26130258, 0.27577711]

/** The CLIP fixture that sees such a picture as it is: 64 pixels, patches of 16, CLIP's normalisation. */
export const MOSAIC_MODEL = 'test/fixtures/clip/patch16-f32'

/** @param rows such as `['RBGG', 'RRBB', 'GRRR', 'BBBB']`, one letter for each patch. @returns a PNG file. */
export async function mosaic(
  rows: readonly string[],
  folder = temporaryFolder(),
  name = 'mosaic.png',
): Promise<string> {
  const side = rows.length * PATCH_PX
  const pixels = new Uint8Array(side * side * 3)
  for (let at = 0; at < side * side; at += 1) {
    const row = Math.floor(at / side / PATCH_PX)
    const column = Math.floor((at % side) / PATCH_PX)
    pixels.set(COLOURS[rows[row]![column] as Colour], 3 * at)
  }
  const file = join(folder, name)
  await sharp(pixels, {raw: {width: side, height: side, channels: 3}}).toFile(file)
  return file
}

/** One word for each letter. Any two of these colours are at least 1.2 apart in cosine distance. @returns the file. */
export async function colourVocabulary(letters: string, changes: Partial<VocabularyData> = {}): Promise<string> {
  const {patchSize = PATCH_PX} = changes
  const words = Float32Array.from(
    [...letters].flatMap((letter) =>
      COLOURS[letter as Colour].flatMap((level, channel) =>
        Array<number>(patchSize ** 2).fill((level / 255 - MEAN[channel]!) / STD[channel]!),
      ),
    ),
  )
  const file = join(temporaryFolder(), `colours-${letters}.safetensors`)
  await writeVocabulary(file, {
    words,
    counts: new BigInt64Array(letters.length),
    patchSize,
    imageMean: MEAN,
    imageStd: STD,
    imageSize: 64,
    images: null,
    patches: null,
    seed: null,
    inertia: null,
    source: `the colours ${letters}`,
    ...changes,
  })
  return file
}
