/** The architectures vwt runs: a new one is its files in this room and a line here. */
import type {WrittenGraph} from '../graph/builder.js'
import type {Weights} from '../weights/safetensors.js'
import {blipTower, writeBlipVision} from './blip.js'
import {type BlipConfig, parseBlipConfig} from './blip-config.js'
import {arrangeBlipWeights} from './blip-weights.js'
import {clipVisionTower, writeClipVision} from './clip.js'
import {type ClipConfig, parseClipConfig} from './clip-config.js'
import type {JsonObject} from './fields.js'
import type {Tower} from './linear-groups.js'
import type {VisionConfig} from './tower-config.js'
import type {VisionOptions} from './vision-tower.js'

/** By the `model_type` of their configs. */
export type Configs = {readonly clip: ClipConfig; readonly blip: BlipConfig}
export type ModelKind = keyof Configs

type Architecture<Config extends {readonly vision: VisionConfig}> = {
  /** @param file path of the config, for messages. */
  readonly parseConfig: (config: JsonObject, file: string) => Config
  /** The image processor transformers takes where the folder names none. */
  readonly processorClass: string
  /** What `vwt` is for with it, for messages. */
  readonly purpose: string
  /** Gives tensors the names that the graphs ask for, where the file has others. */
  readonly arrangeWeights: (weights: Weights, config: Config) => Weights
  /** Outputs at least `image_embeds`, `layer_tokens` and the trace. */
  readonly writeVision: (weights: Weights, config: Config, options: VisionOptions) => WrittenGraph
  /** What int8 weights are made for. */
  readonly tower: (config: Config) => Tower
}

export const ARCHITECTURES: {readonly [Kind in ModelKind]: Architecture<Configs[Kind]>} = {
  clip: {
    parseConfig: parseClipConfig,
    processorClass: 'CLIPImageProcessor',
    purpose: 'compares images with texts',
    arrangeWeights: (weights) => weights,
    writeVision: writeClipVision,
    tower: clipVisionTower,
  },
  blip: {
    parseConfig: parseBlipConfig,
    processorClass: 'BlipImageProcessor',
    purpose: 'writes captions',
    arrangeWeights: arrangeBlipWeights,
    writeVision: writeBlipVision,
    tower: blipTower,
  },
}

export const MODEL_KINDS = Object.keys(ARCHITECTURES) as ModelKind[]

/** A kind and its config: what `ModelFolder` has of both. */
export type Described<Kind extends ModelKind = ModelKind> = {
  readonly [K in Kind]: {readonly kind: K; readonly config: Configs[K]}
}[Kind]

/** The graph of a model's vision tower. @param weights of the folder, or the int8 ones made from them. */
export function writeVision<Kind extends ModelKind>(
  {kind, config}: {readonly kind: Kind; readonly config: Configs[Kind]},
  weights: Weights,
  options: VisionOptions,
): WrittenGraph {
  return ARCHITECTURES[kind].writeVision(weights, config, options)
}

/** The linear layers of a model that may be stored in another precision. */
export function towerOf<Kind extends ModelKind>({
  kind,
  config,
}: {
  readonly kind: Kind
  readonly config: Configs[Kind]
}): Tower {
  return ARCHITECTURES[kind].tower(config)
}
