import type {Tensor} from '../../../src/core/base/tensor.js'
import {normalizeRows} from '../../../src/core/metrics/vectors.js'
import {golden} from '../models/golden.js'

/** The words of a fixture's methods.safetensors as unit rows. */
export async function unitWords(folder: string): Promise<Tensor> {
  const words = await golden(folder, 'words', 'methods.safetensors')
  const data = Float32Array.from(words.data as Float32Array)
  normalizeRows(data, words.dims[1]!)
  return {...words, data}
}
