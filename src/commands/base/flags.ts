/** Flags and arguments that several commands share, and the checks they have in common. */
import {Args, Flags} from '@oclif/core'
import {checkCount, checkNumber} from '../../core/base/check.js'
import {UsageError} from '../../core/base/errors.js'
import {METHODS} from '../../core/methods/registry.js'
import type {DeviceChoice} from '../../core/workflows/device.js'
import type {Preprocess} from '../../core/workflows/images.js'
import {splitList} from './list.js'

export const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const satisfies readonly DeviceChoice[]
export const PREPROCESS = ['model', 'paper'] as const satisfies readonly Preprocess[]

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

/** @param fallback name of the model that is taken when none is given. */
export function modelFlag(fallback: string) {
  const summary = 'Model name or folder.'
  return Flags.string({summary, helpValue: 'NAME|FOLDER', default: fallback, helpGroup: 'MODEL'})
}

/** Commands that run a model. */
export const modelFlags = {
  model: modelFlag('mini'),
  method: Flags.string({
    summary: 'How the model is made cheaper, parts joined with +.',
    description: methodHelp(),
    helpValue: 'SPEC',
    default: 'base',
    helpGroup: 'MODEL',
  }),
  vocab: Flags.string({
    summary: 'Vocabulary of visual words, for methods that use one.',
    helpValue: 'NAME|FILE',
    default: 'photos-100',
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
  seed: countFlag({
    summary: 'Seed of methods that draw at random.',
    helpValue: 'N',
    min: 0,
    max: 4_294_967_295,
    unit: 'seeds',
    default: 0,
    helpGroup: 'MODEL',
  }),
}

/** Commands that read images. */
export const imageFlags = {
  preprocess: Flags.option({
    summary: "The model folder's own image processor, or the one of the VWT paper.",
    options: PREPROCESS,
    default: 'model' as const,
    helpGroup: 'IMAGE',
  })(),
  'max-pixels': countFlag({
    summary: 'Largest image that is decoded, width × height.',
    helpValue: 'N',
    min: 1,
    max: 4_000_000_000,
    unit: 'pixels',
    helpGroup: 'IMAGE',
  }),
}

export const imagesArg = {
  image: Args.string({
    description: 'Files, folders (with what is in them), globs, or - for stdin.',
    multiple: true,
    required: true,
  }),
}

/** The methods of the registry, one in each line. */
function methodHelp(): string {
  const lines = METHODS.map(({name, argument, summary}) =>
    argument ? `${name}:X  ${summary}. X: ${argument}.` : `${name}  ${summary}.`,
  )
  return ['base  The model as it is.', ...lines].join('\n')
}

/** What the flags of a model say, as the workflows that open one take it. */
export function modelOptions<
  F extends {readonly 'max-pixels': number | undefined} & Readonly<Record<ModelFlag, unknown>>,
>(flags: F): Pick<F, ModelFlag> & {maxPixels: number | undefined} {
  const {model, vocab, device, threads, preprocess, seed} = flags
  return {model, vocab, device, threads, preprocess, seed, maxPixels: flags['max-pixels']}
}

type ModelFlag = 'model' | 'vocab' | 'device' | 'threads' | 'preprocess' | 'seed'
