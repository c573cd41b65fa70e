/** `--preprocess paper`: the settings of the Visual-Word Tokenizer paper, which are not those of the model folders. */
import {CLIP_MEAN, CLIP_STD, type Filter, type ImageProcessor, type Size} from './processor.js'

/**
 * - `classify`: squashed to 256×256, bilinear, centre 224 (Waterbirds, MetaShift, OpenImages, ImageNet)
 * - `faces`: centre 178 of the source, squashed to 224×224, bilinear (CelebA)
 * - `caption`: squashed to 384×384, bicubic (COCO, NoCaps)
 */
export const PAPER_KINDS = ['classify', 'faces', 'caption'] as const
export type PaperKind = (typeof PAPER_KINDS)[number]

type Steps = {readonly sourceCrop?: Size; readonly resize: Size; readonly filter: Filter; readonly crop?: Size}

const STEPS: Readonly<Record<PaperKind, Steps>> = {
  classify: {resize: square(256), filter: 'bilinear', crop: square(224)},
  faces: {sourceCrop: square(178), resize: square(224), filter: 'bilinear'},
  caption: {resize: square(384), filter: 'bicubic'},
}

/**
 * The paper's processor for a kind of data. All three squash, so the aspect is lost, and all use CLIP's mean and
 * standard deviation, for BLIP as well.
 *
 * @see Gee et al., TMLR 2025, and its published code, which resizes with torchvision's defaults on Pillow images.
 */
export function paperProcessor(kind: PaperKind): ImageProcessor {
  const {sourceCrop = null, resize, filter, crop = null} = STEPS[kind]
  return {
    name: `the paper's processor (${kind})`,
    sourceCrop,
    resize,
    filter,
    crop,
    rescaleFactor: 1 / 255,
    mean: CLIP_MEAN,
    std: CLIP_STD,
    output: crop ?? resize,
  }
}

function square(side: number): Size {
  return {width: side, height: side}
}
