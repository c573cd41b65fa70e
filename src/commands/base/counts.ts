/** `1,4,16`: several whole numbers in one flag. */
import {Flags} from '@oclif/core'
import {checkCount} from '../../core/base/check.js'
import {UsageError} from '../../core/base/errors.js'

/** Whole numbers parted by commas, each in the range; the message names the one that is not. */
export const countsFlag = Flags.custom<number[], {min: number; max: number; unit: string}>({
  async parse(input, _context, {name, min, max, unit}) {
    return input.split(',').map((part) => {
      if (!/^\s*[+-]?\d+\s*$/.test(part)) {
        throw new UsageError(
          `--${name} should be whole numbers of ${unit} from ${min} to ${max}, parted by commas, but is ${input}.`,
          {code: 'flag-value'},
        )
      }
      checkCount(`--${name}`, Number(part), {min, max, unit})
      return Number(part)
    })
  },
})
