/** No meter at all: a number of watts the user takes for granted, whatever runs. Only time makes a difference then. */
import {checkNumber} from '../base/check.js'
import type {WindowReading} from './meter.js'

/** @throws {UsageError} `--assume-watts` is no number above 0. */
export function assumedReading(watts: number, ms: number): WindowReading {
  checkNumber('--assume-watts', watts, {min: 0.001, max: 1_000_000})
  return {joules: (watts * ms) / 1000, ms, parts: {}}
}
