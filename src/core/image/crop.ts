/** Other views of an image than the model's own: parts at a larger scale, drawn at random. */
import type {Random} from '../base/random.js'
import type {Geometry} from './geometry.js'

/**
 * A part of the image, as large as the model's input, at a scale between the model's own and the image's: pixels are
 * never enlarged beyond what the photo has, unless the model's own view does so already.
 *
 * @param view the model's own view of the image, which says the size of the part and the smallest scale.
 */
export function planRandomCrop(view: Geometry, random: Random): Geometry {
  const {source, resizeWidth, resizeHeight, cropWidth, cropHeight} = view
  const largest = Math.max(1, Math.min(source.width / resizeWidth, source.height / resizeHeight))
  const scale = 1 + random() * (largest - 1)
  const width = Math.max(cropWidth, Math.round(resizeWidth * scale))
  const height = Math.max(cropHeight, Math.round(resizeHeight * scale))
  return {
    ...view,
    resizeWidth: width,
    resizeHeight: height,
    cropLeft: Math.floor(random() * (width - cropWidth + 1)),
    cropTop: Math.floor(random() * (height - cropHeight + 1)),
  }
}
