/** Checks of counts, fractions and shapes that throw with name, expectation, value and unit. */
import {BugError, UsageError} from './errors.js'

export type CountRange = {readonly min: number; readonly max: number; readonly unit: string}

/** @throws {UsageError} `value` is not a whole number from `min` to `max`. */
export function checkCount(name: string, value: number, {min, max, unit}: CountRange): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new UsageError(`${name} should be a whole number of ${unit} from ${min} to ${max}, but is ${value}.`, {
    code: 'out-of-range',
  })
}

/** @throws {UsageError} `value` is not a finite number from `min` to `max`. */
export function checkNumber(name: string, value: number, {min, max}: {min: number; max: number}): void {
  if (Number.isFinite(value) && value >= min && value <= max) return
  throw new UsageError(`${name} should be a number from ${min} to ${max}, but is ${value}.`, {code: 'out-of-range'})
}

/** @throws {BugError} `condition` is false: an assumption of vwt itself does not hold. */
export function checkInternal(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BugError(message)
}
