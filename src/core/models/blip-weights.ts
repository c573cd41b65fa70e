/** BLIP's tensors under the names that graphs ask for: fused weights in parts, shared ones under both their names. */
import {requireTensor, type TensorSpan, type Weights} from '../weights/safetensors.js'
import type {VisionConfig} from './tower-config.js'

/** The parts of a fused `qkv`, in the order of their rows. */
export const QKV_PARTS = ['query', 'key', 'value'] as const
export type QkvPart = (typeof QKV_PARTS)[number]

/** Name of one part of a fused tensor: its own name with the part behind it. */
export function partName(tensor: string, part: QkvPart): string {
  return `${tensor}[${part}]`
}

const HEAD = 'text_decoder.cls.predictions'
const WORDS = 'text_decoder.bert.embeddings.word_embeddings.weight'

/**
 * The same weights with `qkv` of each layer of the vision tower as three tensors (rows of one tensor are one span of its
 * file), and the last layer of the decoder's head under its own name where it is the word embeddings again.
 *
 * @throws {ModelError} a fused tensor is missing or of another shape.
 */
export function arrangeBlipWeights(
  weights: Weights,
  {vision}: {readonly vision: Pick<VisionConfig, 'layers' | 'width'>},
): Weights {
  const tensors = new Map(weights.tensors)
  const {width, layers} = vision
  for (let layer = 0; layer < layers; layer += 1) {
    const name = `vision_model.encoder.layers.${layer}.self_attn.qkv`
    splitRows(tensors, requireTensor(weights, `${name}.weight`, {'query, key, value': 3 * width, inputs: width}))
    splitRows(tensors, requireTensor(weights, `${name}.bias`, {'query, key, value': 3 * width}))
  }
  shareTensor(tensors, WORDS, `${HEAD}.decoder.weight`)
  shareTensor(tensors, `${HEAD}.bias`, `${HEAD}.decoder.bias`)
  return {...weights, tensors}
}

function splitRows(tensors: Map<string, TensorSpan>, fused: TensorSpan): void {
  const [rows = 0, ...rest] = fused.shape
  const shape = [rows / QKV_PARTS.length, ...rest]
  const byteLength = fused.byteLength / QKV_PARTS.length
  tensors.delete(fused.name)
  for (const [index, part] of QKV_PARTS.entries()) {
    const name = partName(fused.name, part)
    tensors.set(name, {...fused, name, shape, offset: fused.offset + index * byteLength, byteLength})
  }
}

/** Gives a tensor a second name, unless that is in the file; what is missing altogether is missed by whoever asks. */
function shareTensor(tensors: Map<string, TensorSpan>, source: string, name: string): void {
  const span = tensors.get(source)
  if (span && !tensors.has(name)) tensors.set(name, {...span, name})
}
