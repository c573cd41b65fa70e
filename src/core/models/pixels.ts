/**
 * The graph from decoded pixels to model input: resize, crop or pad, rescale, normalise. Resampling on 8-bit values in
 * ONNX Runtime's CPU provider is Pillow's own fixed-point scheme, so the outcome is Pillow's to the rounding of a few
 * coefficients. The graph belongs on the CPU whatever device the model runs on.
 */
import {int64Tensor, type Tensor} from '../base/tensor.js'
import type {Attributes, Value, WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import type {DecodedImage} from '../image/decode.js'
import {cropToSource, type Geometry} from '../image/geometry.js'
import type {Filter, ImageProcessor, Triple} from '../image/processor.js'

/**
 * Builds the pixel graph of a processor. One session serves images of every size.
 *
 * Inputs: `image` uint8 `[H, W, 3]`; `size` int64 `[2]`, height and width after resizing; `pads` int64 `[4]`, rows
 * and columns of black before and after (top, left, bottom, right), negative where pixels are cut off.
 * Output: `pixels` float32 `[3, height, width]`, normalised. `pixelInputs` makes the inputs.
 */
export function buildPixelGraph(processor: ImageProcessor): WrittenGraph {
  const {width, height} = processor.output
  const g = new Graph('pixels')
  const image = g.input('image', 'uint8', ['sourceHeight', 'sourceWidth', 3])
  const size = g.input('size', 'int64', [2])
  const pads = g.input('pads', 'int64', [4])
  const planes = g.unsqueeze(g.transpose(image, [2, 0, 1]), [0])
  const resized = g.op('Resize', [planes, undefined, undefined, size], {axes: [2, 3], ...RESIZE[processor.filter]})
  const cropped = g.op('Pad', [resized, pads, g.constant('uint8', [0], []), g.ints([2, 3])])
  const pixels = g.scope('normalize', () => normalize(g, g.reshape(cropped, [3, height, width]), processor))
  g.output('pixels', pixels, 'float32', [3, height, width])
  return g.finish()
}

/** The inputs of the pixel graph for one image, as its geometry has them. */
export function pixelInputs(image: DecodedImage, geometry: Geometry): Record<'image' | 'size' | 'pads', Tensor> {
  const {resizeWidth, resizeHeight, cropLeft, cropTop, cropWidth, cropHeight} = geometry
  const {data, width, height} = cropToSource(image, geometry)
  const bottom = cropTop + cropHeight - resizeHeight
  const right = cropLeft + cropWidth - resizeWidth
  return {
    image: {type: 'uint8', dims: [height, width, 3], data},
    size: int64Tensor([resizeHeight, resizeWidth]),
    pads: int64Tensor([-cropTop, -cropLeft, bottom, right]),
  }
}

/** Pillow leaves out what lies outside the image, widens the filter when shrinking, and has a = -0.5 for bicubic. */
const ANTIALIASED: Attributes = {antialias: 1, exclude_outside: 1}
const RESIZE: Readonly<Record<Filter, Attributes>> = {
  nearest: {mode: 'nearest', nearest_mode: 'round_prefer_ceil'},
  bilinear: {mode: 'linear', ...ANTIALIASED},
  bicubic: {mode: 'cubic', cubic_coeff_a: {float: -0.5}, ...ANTIALIASED},
}

/** (value · rescaleFactor - mean) / std as one product and one sum. */
function normalize(g: Graph, bytes: Value, {rescaleFactor, mean, std}: ImageProcessor): Value {
  const perChannel = (of: (channel: number) => number): Value => g.constant('float32', [0, 1, 2].map(of), [3, 1, 1])
  const at = (values: Triple, channel: number): number => values[channel as 0 | 1 | 2]
  const factor = perChannel((channel) => rescaleFactor / at(std, channel))
  const shift = perChannel((channel) => -at(mean, channel) / at(std, channel))
  return g.add(g.mul(g.cast(bytes, 'float32'), factor), shift)
}
