/** Golden tensors of the BLIP fixtures, and their graphs run. */
import {readdirSync} from 'node:fs'
import {join, resolve} from 'node:path'
import type {Tensor} from '../../../src/core/base/tensor.js'
import {type ModelFolder, readModelFolder, requireKind} from '../../../src/core/models/folder.js'
import {readGolden} from './golden.js'

export const BLIP_FIXTURES = resolve('test/fixtures/blip')
export const BLIP_FOLDERS = readdirSync(BLIP_FIXTURES, {withFileTypes: true})
  .filter((entry) => entry.isDirectory() && entry.name.startsWith('captioner'))
  .map(({name}) => name)

export async function readBlip(folder: string): Promise<ModelFolder<'blip'>> {
  return requireKind(await readModelFolder(join(BLIP_FIXTURES, folder)), 'blip', 'test')
}

export function blipGolden(folder: string, name: string, file = 'golden.safetensors'): Promise<Tensor> {
  return readGolden(join(BLIP_FIXTURES, folder, file), name)
}

/** The largest difference of any value. */
export function worstDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) throw new Error(`${got.length} values are compared with ${expected.length}`)
  let worst = 0
  for (let index = 0; index < got.length; index += 1) {
    const difference = Math.abs(got[index]! - expected[index]!)
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference)
  }
  return worst
}

/** Columns `first` up to, not including, `last` of a matrix of int64. */
export function columnsOf({data, dims}: Tensor, first: number, last: number): number[] {
  const width = dims[1]!
  return Array.from(data, Number).filter((_, index) => index % width >= first && index % width < last)
}
