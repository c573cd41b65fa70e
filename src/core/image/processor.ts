/** Image processors of Hugging Face folders as plain data: what is resized, cropped and normalised, and how. */
import {ModelError} from '../base/errors.js'

export type Size = {readonly width: number; readonly height: number}

/** Resampling filters vwt computes; all but `nearest` are antialiased, as Pillow's are. */
export type Filter = 'nearest' | 'bilinear' | 'bicubic'

export type Triple = readonly [number, number, number]

/** The steps from decoded pixels to model input, in this order. */
export type ImageProcessor = {
  /** For reports: the class named in the file, or the paper's setting. */
  readonly name: string
  /** Centre crop of the source, before any resizing. Hugging Face's processors have none. */
  readonly sourceCrop: Size | null
  /** Both sides fixed (the aspect is squashed), or the shorter side fixed and the aspect kept. */
  readonly resize: Size | {readonly shortestEdge: number} | null
  readonly filter: Filter
  /** Centre crop of the resized image; where it is smaller, black is put around it. */
  readonly crop: Size | null
  /** Multiplies 8-bit values; 1 when the model takes them as they are. */
  readonly rescaleFactor: number
  /** Per channel, after rescaling: value = (value - mean) / std. */
  readonly mean: Triple
  readonly std: Triple
  /** Size of the pixels handed to the model. */
  readonly output: Size
}

/** OpenAI CLIP's own, which BLIP shares. */
export const CLIP_MEAN: Triple = [0.48145466, 0.4578275, 0.40821073]
export const CLIP_STD: Triple = [0.26862954, 0.26130258, 0.27577711]

type Defaults = {
  readonly size: unknown
  /** What a bare number in `size` means: both sides, or the shorter one. */
  readonly square: boolean
  readonly cropSize: unknown
  readonly centerCrop: boolean
  readonly resample: number
  readonly mean: Triple
  readonly std: Triple
}

const HALF: Triple = [0.5, 0.5, 0.5]

/** What a class of transformers assumes for keys its file leaves out. */
const DEFAULTS: Readonly<Record<string, Defaults>> = {
  CLIP: {
    size: {shortest_edge: 224},
    square: false,
    cropSize: 224,
    centerCrop: true,
    resample: 3,
    mean: CLIP_MEAN,
    std: CLIP_STD,
  },
  Blip: {size: 384, square: true, cropSize: 384, centerCrop: false, resample: 3, mean: CLIP_MEAN, std: CLIP_STD},
  ViT: {size: 224, square: true, cropSize: 224, centerCrop: false, resample: 2, mean: HALF, std: HALF},
  DeiT: {size: 256, square: true, cropSize: 224, centerCrop: true, resample: 3, mean: HALF, std: HALF},
}

/** Pillow's numbers for filters. */
const FILTER_NAMES = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const
const FILTERS: readonly string[] = ['nearest', 'bilinear', 'bicubic'] satisfies Filter[]

/** Steps some classes know and vwt does not; true means the model would see other pixels. */
const UNKNOWN_STEPS = ['do_pad', 'do_thumbnail', 'do_align_long_axis', 'do_flip_channel_order', 'do_reduce_labels']

/** Longest side of model input vwt accepts; a larger one is a slip of the pen. */
const MAX_SIDE_PX = 4096

type Config = Readonly<Record<string, unknown>>

/**
 * Reads the content of `preprocessor_config.json`, or of the newer `processor_config.json`, which holds the same object
 * under `image_processor`. Knows the CLIP, BLIP, ViT and DeiT classes, plain, `Fast` and by their old
 * `…FeatureExtractor` names, with sizes as numbers, lists `[height, width]` or objects.
 *
 * @param config the parsed JSON.
 * @param where the file's path, for messages.
 * @throws {ModelError} `processor-unsupported`: a class, filter or step vwt does not compute.
 *   `processor-damaged`: a value of the wrong kind.
 */
export function parseImageProcessor(config: unknown, where: string): ImageProcessor {
  const fields = objectIn(config, where)
  const inner = fields.image_processor
  const processor = typeof inner === 'object' && inner !== null ? (inner as Config) : fields
  const name = classNameOf(processor, where)
  const defaults = DEFAULTS[familyOf(name)]
  if (!defaults)
    throw unsupported(where, `the image processor ${name}`, 'the CLIP, Blip, ViT and DeiT image processors')
  return new Reader(processor, where).read(name, defaults)
}

/** `CLIPImageProcessorFast`, `CLIPFeatureExtractor` → `CLIP` */
function familyOf(name: string): string {
  return name.replace(/(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/, '')
}

function classNameOf(config: Config, where: string): string {
  const name = config.image_processor_type ?? config.feature_extractor_type
  if (typeof name === 'string') return name
  throw damaged(where, 'image_processor_type', 'the name of a class', name)
}

function objectIn(config: unknown, where: string): Config {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Config
  throw new ModelError(`${where} should hold one JSON object, but holds ${JSON.stringify(config)}.`, {
    code: 'processor-damaged',
  })
}

class Reader {
  constructor(
    readonly config: Config,
    readonly where: string,
  ) {}

  read(name: string, defaults: Defaults): ImageProcessor {
    for (const step of UNKNOWN_STEPS) {
      if (this.flag(step, false))
        throw unsupported(this.where, `${step}: true`, 'resize, centre crop, rescale, normalise')
    }
    const resize = this.flag('do_resize', true) ? this.resize(defaults) : null
    const crop = this.flag('do_center_crop', defaults.centerCrop) ? this.crop(defaults) : null
    const normalize = this.flag('do_normalize', true)
    const output = crop ?? (resize && 'width' in resize ? resize : undefined)
    if (!output) {
      const what = 'a resize that keeps the aspect without a centre crop'
      throw unsupported(this.where, what, 'processors that give every image the same size')
    }
    return {
      name,
      sourceCrop: null,
      resize,
      filter: this.filter(defaults.resample),
      crop,
      rescaleFactor: this.flag('do_rescale', true) ? this.rescaleFactor() : 1,
      mean: normalize ? this.triple('image_mean', defaults.mean) : [0, 0, 0],
      std: normalize ? this.std(defaults.std) : [1, 1, 1],
      output,
    }
  }

  private resize({size: standard, square}: Defaults): Size | {shortestEdge: number} {
    const value = this.config.size ?? standard
    if (typeof value === 'number' && !square) return {shortestEdge: this.side('size', value)}
    if (isObject(value) && 'shortest_edge' in value) {
      if (value.longest_edge != null) throw unsupported(this.where, 'size.longest_edge', 'shortest_edge alone')
      return {shortestEdge: this.side('size.shortest_edge', value.shortest_edge)}
    }
    return this.rectangle('size', value)
  }

  private crop({cropSize: standard}: Defaults): Size {
    return this.rectangle('crop_size', this.config.crop_size ?? standard)
  }

  /** 224, [224, 224] or {"height": 224, "width": 224} */
  private rectangle(key: string, value: unknown): Size {
    if (typeof value === 'number') return {height: this.side(key, value), width: this.side(key, value)}
    if (Array.isArray(value) && value.length === 2) {
      return {height: this.side(`${key}[0]`, value[0]), width: this.side(`${key}[1]`, value[1])}
    }
    if (isObject(value) && 'height' in value && 'width' in value) {
      return {height: this.side(`${key}.height`, value.height), width: this.side(`${key}.width`, value.width)}
    }
    throw damaged(this.where, key, 'a number of pixels or {"height", "width"}', value)
  }

  private side(key: string, value: unknown): number {
    if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SIDE_PX) return value as number
    throw damaged(this.where, key, `a whole number of pixels from 1 to ${MAX_SIDE_PX}`, value)
  }

  private filter(standard: number): Filter {
    const value = this.config.resample ?? standard
    const name = FILTER_NAMES[value as number]
    if (name === undefined) throw damaged(this.where, 'resample', 'a filter number from 0 to 5', value)
    if (FILTERS.includes(name)) return name as Filter
    throw unsupported(this.where, `resample ${value}, the ${name} filter,`, '0 nearest, 2 bilinear and 3 bicubic')
  }

  private rescaleFactor(): number {
    const value = this.config.rescale_factor ?? 1 / 255
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
    throw damaged(this.where, 'rescale_factor', 'a number above 0', value)
  }

  private triple(key: string, standard: Triple): Triple {
    const value = this.config[key] ?? standard
    const values = typeof value === 'number' ? [value, value, value] : value
    if (Array.isArray(values) && values.length === 3 && values.every((entry) => Number.isFinite(entry))) {
      return values as unknown as Triple
    }
    throw damaged(this.where, key, 'three numbers, for red, green and blue', value)
  }

  private std(standard: Triple): Triple {
    const std = this.triple('image_std', standard)
    if (std.every((value) => value > 0)) return std
    throw damaged(this.where, 'image_std', 'three numbers above 0', std)
  }

  private flag(key: string, standard: boolean): boolean {
    const value = this.config[key] ?? standard
    if (typeof value === 'boolean') return value
    throw damaged(this.where, key, 'true or false', value)
  }
}

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function damaged(where: string, key: string, expected: string, received: unknown): ModelError {
  return new ModelError(`${key} in ${where} should be ${expected}, but is ${JSON.stringify(received) ?? 'missing'}.`, {
    code: 'processor-damaged',
    suggestions: ["Compare the file with the model's page on Hugging Face, or fetch the folder again."],
  })
}

function unsupported(where: string, what: string, known: string): ModelError {
  return new ModelError(`${where} asks for ${what} which vwt does not compute; it knows ${known}.`, {
    code: 'processor-unsupported',
    suggestions: ['Use --preprocess paper to set this processor aside.'],
  })
}
