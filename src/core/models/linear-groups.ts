/** Which linear layers of a tower may be computed in another precision, and where their rows come from. */
import type {ClipConfig} from './clip-config.js'
import type {LinearWeights} from './layers.js'

/** What each channel of the rows of a group was made with, so that a factor may be moved from it into the group. */
export type RowSource =
  /** A LayerNorm's weight and bias. */
  | {readonly kind: 'norm'; readonly weight: string; readonly bias: string}
  /** The values of attention, which mixes tokens but never channels: a row of this layer's weight, and its bias. */
  | {readonly kind: 'linear'; readonly weight: string; readonly bias: string}
  /** An activation function: no factor passes it. */
  | {readonly kind: 'activation'}

/** Linear layers that take the same rows. */
export type LinearGroup = {readonly layers: readonly LinearWeights[]; readonly source: RowSource}

/** A tower that can be stored with other weights in its linear layers. */
export type Tower = {
  /** Beginnings of the names of all its tensors. */
  readonly prefixes: readonly string[]
  /** In the order of computation. */
  readonly groups: readonly LinearGroup[]
}

/** CLIP's vision tower: six linear layers in each encoder layer; patches and last projection are not among them. */
export function clipVisionTower({vision}: Pick<ClipConfig, 'vision'>): Tower {
  const prefixes = ['vision_model.', 'visual_projection.']
  const layers = Array.from({length: vision.layers}, (_, layer) => `vision_model.encoder.layers.${layer}`)
  return {prefixes, groups: layers.flatMap((prefix) => layerGroups(prefix, vision))}
}

/** @param prefix name of one encoder layer. */
function layerGroups(prefix: string, {width, mlpWidth}: {width: number; mlpWidth: number}): LinearGroup[] {
  const named = (name: string) => ({weight: `${prefix}.${name}.weight`, bias: `${prefix}.${name}.bias`})
  const square = (name: string) => ({...named(`self_attn.${name}`), inputs: width, outputs: width})
  return [
    {
      layers: [square('q_proj'), square('k_proj'), square('v_proj')],
      source: {kind: 'norm', ...named('layer_norm1')},
    },
    {layers: [square('out_proj')], source: {kind: 'linear', ...named('self_attn.v_proj')}},
    {
      layers: [{...named('mlp.fc1'), inputs: width, outputs: mlpWidth}],
      source: {kind: 'norm', ...named('layer_norm2')},
    },
    {layers: [{...named('mlp.fc2'), inputs: mlpWidth, outputs: width}], source: {kind: 'activation'}},
  ]
}
