/** What a method is: a name and an argument on the command line, a piece of graph, and inputs that carry its setting. */
import type {Tensor} from '../base/tensor.js'
import type {EncoderGeometry} from '../metrics/macs.js'
import type {TokenMerging} from '../models/encoder.js'
import type {LinearLayer} from '../models/layers.js'
import type {GroupPatches, SelectPatches} from '../models/tokenisation.js'
import type {UnitWords} from './words.js'

/** Where in the model a method acts; specs name their parts in this order. */
export const METHOD_PARTS = ['tokenisation', 'encoder', 'precision', 'exit'] as const
export type MethodPart = (typeof METHOD_PARTS)[number]

/** What a setting is turned into inputs for: one run over one batch. */
export type MethodCall = {
  readonly geometry: EncoderGeometry
  /** Place of each image of the batch in the whole call, so that results do not depend on the batch size. */
  readonly images: readonly number[]
  readonly seed: number
  /** There when a step `usesVocabulary`. */
  readonly words?: UnitWords | undefined
}

/** A published method, as the registry lists it. */
export interface Method {
  readonly name: string
  readonly part: MethodPart
  /** One line for help and tables. */
  readonly summary: string
  readonly paper: string
  /** Names of methods that cannot stand in one spec with this one, and why. */
  readonly excludes?: Readonly<Record<string, string>>
  /** The argument after the colon, for help: `fraction of patches dropped, 0.5`. Absent when it takes none. */
  readonly argument?: string
  /**
   * Reads the argument.
   * @param argument text after the colon; undefined takes the default.
   * @throws {UsageError} it is out of range or not of its form.
   */
  parse(argument: string | undefined): MethodStep
}

/** A method with its setting: one part of a spec. */
export interface MethodStep {
  readonly method: Method
  /** Canonical text, setting included: `intra:0.5`. */
  readonly spec: string
  /** Drops patches before embedding. */
  readonly select?: SelectPatches
  /** Merges patches after embedding. */
  readonly group?: GroupPatches
  /** Merges tokens inside the encoder. */
  readonly merging?: TokenMerging
  /** Computes the encoder's linear layers, on the processor, over the model's int8 weights instead of its own. */
  readonly linear?: LinearLayer
  /** True when `inputs` needs `words`. */
  readonly usesVocabulary?: boolean
  /** Graph inputs that carry the setting, so that one graph serves every setting. */
  inputs(call: MethodCall): Readonly<Record<string, Tensor>>
}
