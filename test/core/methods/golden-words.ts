import {type UnitWords, unitWords} from '../../../src/core/methods/words.js'
import {golden} from '../models/golden.js'

/** The words of a fixture's methods.safetensors. */
export async function goldenWords(folder: string): Promise<UnitWords> {
  const words = await golden(folder, 'words', 'methods.safetensors')
  return unitWords(words.data as Float32Array, words.dims[1]!)
}
