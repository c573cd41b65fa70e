/** Which linear layers of a tower may be computed in another precision, and where their rows come from. */
import type {AttentionNames} from './encoder.js'
import type {LinearWeights} from './layers.js'
import type {VisionConfig} from './tower-config.js'
import {VISION_PREFIX} from './vision-tower.js'

/** What each channel of the rows of a group was made with, so that a factor may be moved from it into the group. */
export type RowSource =
  /** A LayerNorm's weight and bias. */
  | {readonly kind: 'norm'; readonly weight: string; readonly bias: string}
  /** The values of attention, which mixes tokens but never channels: a row of this layer's weight, and its bias. */
  | {readonly kind: 'linear'; readonly weight: string; readonly bias: string}
  /** An activation function, or rows that others take too: no factor passes. */
  | {readonly kind: 'fixed'}

/** Linear layers that take the same rows. */
export type LinearGroup = {readonly layers: readonly LinearWeights[]; readonly source: RowSource}

/** A tower that can be stored with other weights in its linear layers. */
export type Tower = {
  /** Beginnings of the names of all its tensors. */
  readonly prefixes: readonly string[]
  /** In the order of computation. */
  readonly groups: readonly LinearGroup[]
}

/** The linear layers of a vision encoder; patches and a last projection are not among them. */
export function visionGroups({width, mlpWidth, layers}: VisionConfig, names: AttentionNames): LinearGroup[] {
  return Array.from({length: layers}, (_, layer) =>
    layerGroups(`${VISION_PREFIX}.encoder.layers.${layer}`, {width, mlpWidth, names}),
  ).flat()
}

type LayerShape = {readonly width: number; readonly mlpWidth: number; readonly names: AttentionNames}

/** @param prefix name of one encoder layer. */
function layerGroups(prefix: string, {width, mlpWidth, names}: LayerShape): LinearGroup[] {
  const named = (name: string) => ({weight: `${prefix}.${name}.weight`, bias: `${prefix}.${name}.bias`})
  const square = (role: keyof AttentionNames) => {
    const {weight, bias} = names[role]
    return {weight: `${prefix}.${weight}`, bias: `${prefix}.${bias}`, inputs: width, outputs: width}
  }
  const value = square('value')
  return [
    {
      layers: [square('query'), square('key'), value],
      source: {kind: 'norm', ...named('layer_norm1')},
    },
    {layers: [square('output')], source: {kind: 'linear', weight: value.weight, bias: value.bias}},
    {
      layers: [{...named('mlp.fc1'), inputs: width, outputs: mlpWidth}],
      source: {kind: 'norm', ...named('layer_norm2')},
    },
    {layers: [{...named('mlp.fc2'), inputs: mlpWidth, outputs: width}], source: {kind: 'fixed'}},
  ]
}
