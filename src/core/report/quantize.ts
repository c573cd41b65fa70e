/** What `vwt models quantize` made, as text. */
import type {Quantization} from '../workflows/quantize.js'
import {formatList} from './list.js'
import {bytes, type Layout, printable} from './text.js'

const KINDS: Readonly<Record<Quantization['kind'], string>> = {
  u8s8: 'uint8 activations, int8 weights, a scale for each output channel',
  u8s7: 'uint8 activations, 7-bit weights: without VNNI products are added in 16 bits, which wider ones overflow',
}

export function formatQuantization(result: Quantization, layout: Layout): string {
  const {model, file, kind, smoothing, seconds} = result
  const images = smoothing && `${smoothing.images} ${smoothing.images === 1 ? 'image' : 'images'}`
  const items = [
    {label: 'model', text: printable(model)},
    {label: 'file', text: `${printable(file)}, ${bytes(result.bytes)}`},
    {label: 'kind', text: `${kind}: ${KINDS[kind]}`},
    {label: 'smoothing', text: smoothing ? `alpha ${smoothing.alpha}, from ${images}` : 'none; --calibrate adds it'},
    {label: 'took', text: `${seconds.toFixed(1)} s`},
  ]
  return formatList(items, layout)
}
