/** Flags and arguments that several commands share, and the checks they have in common. */
import {Args, Flags} from '@oclif/core'
import {checkCount, checkNumber} from '../../core/base/check.js'
import {UsageError} from '../../core/base/errors.js'
import {splitList} from './list.js'

export const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const
export const PREPROCESS = ['model', 'paper'] as const

/** A whole number with its unit and range in the message when it is none. */
export const countFlag = Flags.custom<number, {min: number; max: number; unit: string}>({
  async parse(input, _context, {name, min, max, unit}) {
    const value = /^[+-]?\d+$/.test(input.trim()) ? Number(input) : Number.NaN
    if (Number.isNaN(value)) {
      throw new UsageError(`--${name} should be a whole number of ${unit} from ${min} to ${max}, but is ${input}.`, {
        code: 'flag-value',
      })
    }
    checkCount(`--${name}`, value, {min, max, unit})
    return value
  },
})

/** A number in a range. */
export const numberFlag = Flags.custom<number, {min: number; max: number}>({
  async parse(input, _context, {name, min, max}) {
    const value = input.trim() === '' ? Number.NaN : Number(input)
    if (Number.isNaN(value)) {
      throw new UsageError(`--${name} should be a number from ${min} to ${max}, but is ${input}.`, {code: 'flag-value'})
    }
    checkNumber(`--${name}`, value, {min, max})
    return value
  },
})

/** `a,b,c` in one word, see `splitList`. */
export const listFlag = Flags.custom<string[]>({parse: async (input) => splitList(input)})

/** Every command has these. `--json` comes from `enableJsonFlag`. */
export const everywhereFlags = {
  quiet: Flags.boolean({summary: 'No progress on stderr.', helpGroup: 'GLOBAL', default: false}),
  color: Flags.boolean({summary: 'Colours, or with --no-color none.', helpGroup: 'GLOBAL', allowNo: true}),
}

/** Commands that run a model. */
export const modelFlags = {
  model: Flags.string({
    summary: 'Model name or folder.',
    helpValue: 'NAME|FOLDER',
    default: 'mini',
    helpGroup: 'MODEL',
  }),
  method: Flags.string({
    summary: 'How tokens are reduced, parts joined with +.',
    helpValue: 'SPEC',
    default: 'base',
    helpGroup: 'MODEL',
  }),
  device: Flags.option({
    summary: 'Where the model runs; auto takes the best that really opens.',
    options: DEVICES,
    default: 'auto' as const,
    helpGroup: 'MODEL',
  })(),
  threads: countFlag({
    summary: 'CPU threads; by default what affinity and cgroup allow.',
    helpValue: 'N',
    min: 1,
    max: 1024,
    unit: 'threads',
    helpGroup: 'MODEL',
  }),
  batch: countFlag({
    summary: 'Images in one run of the model.',
    helpValue: 'N',
    min: 1,
    max: 1024,
    unit: 'images',
    default: 1,
    helpGroup: 'MODEL',
  }),
  preprocess: Flags.option({
    summary: "The model folder's own processor, or the paper's.",
    options: PREPROCESS,
    default: 'model' as const,
    helpGroup: 'MODEL',
  })(),
  seed: countFlag({
    summary: 'Seed of what is random.',
    helpValue: 'N',
    min: 0,
    max: 4_294_967_295,
    unit: 'steps',
    default: 0,
    helpGroup: 'MODEL',
  }),
}

export const imagesArg = {
  image: Args.string({
    description: 'Files, folders (with what is in them), globs, or - for stdin.',
    multiple: true,
    required: true,
  }),
}
