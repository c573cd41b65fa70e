/** Captions: images seen by a tower with a token method in it, described by a decoder, one token after the other. */
import {BugError, ImageError, ModelError} from '../../base/errors.js'
import type {Tensor} from '../../base/tensor.js'
import {parseMethodSpec} from '../../methods/spec.js'
import {readModelFolder, requireKind} from '../../models/folder.js'
import {findModel} from '../../models/library.js'
import {loadTokenizer, type Tokenizer} from '../../models/tokenizer.js'
import type {Device} from '../../runtime/session.js'
import {type BatchOptions, type FailedImage, inPlaceOfRead, isFailed, pixelsOf, readBatches} from '../batches.js'
import type {DeviceChoice} from '../device.js'
import {chooseProcessor, type ImageInput, PixelLoader, type Preprocess} from '../images.js'
import {explainNonFinite} from '../non-finite.js'
import type {ImageFeatures} from '../vision.js'
import {CaptionDecoder, type DecodeSession, type EncodedImages} from './decoder.js'
import {type GenerationHooks, generate, type NextTokenScores} from './generation.js'
import {promptIds} from './prompt.js'
import {checkSettings, DEFAULT_SETTINGS, type SearchSettings} from './search.js'

export type CaptionerOptions = {
  /** Name or folder of a BLIP captioning model; default `mini-caption`. */
  readonly model?: string
  /** Method spec; default `base`. */
  readonly method?: string
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  /** Name or file of the vocabulary of visual words, for methods that use one; default `photos-100`. */
  readonly vocab?: string | undefined
  /** Seed of methods that draw. */
  readonly seed?: number
  /** Largest image decoded, width × height. */
  readonly maxPixels?: number | undefined
  /** Told once per matter: unknown words, a device that fell back. */
  readonly onWarning?: (message: string) => void
}

/** Settings not given are those of `DEFAULT_SETTINGS`: 3 beams, 5 to 20 tokens. */
export type CaptionSettings = Partial<SearchSettings> & {
  /** How every caption begins; it is part of the caption. */
  readonly prompt?: string | undefined
}

/** A caption on its way. */
export type CaptionProgress = {
  readonly path: string
  /** Place of the image in the call. */
  readonly image: number
  /** The caption as far as it is written; with several beams that of the best one, so it may change its mind. */
  readonly text: string
  /** Token ids behind the text, start token first; at the last call those of the caption. */
  readonly ids: readonly number[]
}

export type CaptionOptions = BatchOptions &
  CaptionSettings & {
    /** Told after each token of each image. */
    readonly onToken?: ((progress: CaptionProgress) => void) | undefined
  }

export type WrittenCaption = {
  readonly caption: string
  /** Token ids, start token first. */
  readonly ids: readonly number[]
  /** Log-probability per token, see `FoundSequence`; higher is better, captions of one model and settings compare. */
  readonly score: number
}

export type CaptionedImage = {
  readonly path: string
  readonly caption: string
  readonly score: number
  /** `full`: patches and class token; `used`: tokens of the last layer, which the decoder looks at. */
  readonly tokens: {readonly full: number; readonly used: number}
  /** Milliseconds per image: reading and resizing; the vision tower; the decoder. A batch's time is divided by its images. */
  readonly ms: {readonly load: number; readonly encode: number; readonly decode: number}
}

export type CaptionResult = CaptionedImage | FailedImage

/**
 * Opens a model for captions.
 *
 * @throws {UsageError} the method spec is wrong, or the model is not one that writes captions.
 * @throws {ModelError} the model is missing or damaged.  @throws {DeviceError} the device does not open.
 */
export async function loadCaptioner(options: CaptionerOptions = {}): Promise<Captioner> {
  const spec = parseMethodSpec(options.method ?? 'base')
  const location = await findModel(options.model ?? 'mini-caption')
  const folder = requireKind(await readModelFolder(location.path, {name: location.name}), 'blip', 'write captions')
  const processor = chooseProcessor(folder, options.preprocess ?? 'model')
  const tokenizer = await loadTokenizer(folder.tokenizerFile, {maxLength: folder.config.text.maxPositions})
  const decoder = await CaptionDecoder.open(folder, {...options, spec})
  const loader = await PixelLoader.open(processor, options)
  return new Captioner(decoder, loader, tokenizer, options.onWarning)
}

export class Captioner {
  constructor(
    readonly decoder: CaptionDecoder,
    readonly loader: PixelLoader,
    private readonly tokenizer: Tokenizer,
    private readonly onWarning: CaptionerOptions['onWarning'],
  ) {}

  get model(): string {
    return this.decoder.folder.name
  }

  /** Canonical spec, settings included. */
  get method(): string {
    return this.decoder.vision.spec.text
  }

  get device(): Device {
    return this.decoder.vision.device
  }

  /**
   * Writes captions one batch after the other; an unreadable image is reported in its place.
   * @throws {UsageError} a setting is out of its range, or the prompt is too long.
   * @throws {InterruptedError} the signal was aborted, which is looked at before each token.
   */
  async *caption(
    images: readonly (ImageInput | string)[],
    options: CaptionOptions = {},
  ): AsyncGenerator<CaptionResult> {
    const search = this.plan(options)
    for await (const outcomes of readBatches(images, this.loader, options)) {
      yield* await inPlaceOfRead(outcomes, async (read): Promise<CaptionedImage[]> => {
        const places = read.map(({place}) => place)
        const onStep = (image: number, ids: readonly number[]) => {
          const {input, place} = read[image]!
          options.onToken?.({path: input.path, image: place, text: this.tokenizer.decode(ids), ids})
        }
        const hooks = {signal: options.signal, ...(options.onToken ? {onStep} : {})}
        const {features, captions, ms} = await this.write(pixelsOf(this.decoder.vision, read), places, search, hooks)
        return read.map(({input, loadMs}, index) => ({
          path: input.path,
          caption: captions[index]!.caption,
          score: captions[index]!.score,
          tokens: {full: this.decoder.vision.tokensFull, used: features[index]!.layerTokens.at(-1)!},
          ms: {load: loadMs, ...ms},
        }))
      })
    }
  }

  /** Writes the caption of one image. @throws {ImageError} it cannot be read. */
  async captionOne(image: ImageInput | string, options: Omit<CaptionOptions, 'batch'> = {}): Promise<CaptionedImage> {
    for await (const result of this.caption([image], options)) {
      if (isFailed(result)) throw new ImageError(result.error.message, result.error)
      return result
    }
    throw new BugError('One image gave no result.')
  }

  /**
   * Writes captions of pixels that are here already.
   *
   * @param pixels float32 `[B, 3, size, size]`, normalised.
   * @param places place of each image in the whole call, for methods that draw.
   * @throws {UsageError} a setting is out of its range, or the prompt is too long.
   */
  captionPixels(pixels: Tensor, places: readonly number[], settings: CaptionSettings = {}): Promise<CaptionedPixels> {
    return this.write(pixels, places, this.plan(settings), {})
  }

  /**
   * Writes captions of images that the tower of `decoder` has seen.
   * @throws {UsageError} a setting is out of its range, or the prompt is too long.
   */
  describe(images: EncodedImages, settings: CaptionSettings = {}): Promise<WrittenCaption[]> {
    return this.search(images, this.plan(settings), {})
  }

  async release(): Promise<void> {
    await Promise.all([this.decoder.release(), this.loader.release()])
  }

  private plan({prompt = '', ...given}: CaptionSettings): PlannedSearch {
    const {folder, text} = this.decoder
    const ids = promptIds(folder, this.tokenizer, prompt, this.onWarning)
    const settings = settingsOf(given)
    checkSettings(settings, {...text, promptLength: ids.length})
    return {settings, prompt: ids}
  }

  private async write(
    pixels: Tensor,
    places: readonly number[],
    {settings, prompt}: PlannedSearch,
    hooks: GenerationHooks,
  ): Promise<CaptionedPixels> {
    const start = performance.now()
    const encoded = await this.decoder.encode(pixels, places)
    const encodedAt = performance.now()
    const captions = await this.search(encoded, {settings, prompt}, hooks)
    const perImage = (ms: number) => ms / places.length
    const ms = {encode: perImage(encodedAt - start), decode: perImage(performance.now() - encodedAt)}
    return {features: encoded.features, captions, ms}
  }

  private async search(
    encoded: EncodedImages,
    {settings, prompt}: PlannedSearch,
    hooks: GenerationHooks,
  ): Promise<WrittenCaption[]> {
    const {folder, text} = this.decoder
    const scorer = scorerOf(this.decoder.start(encoded), text.vocabSize, settings.beams)
    const request = {imageCount: encoded.features.length, prompt, eosId: text.sepTokenId, padId: text.padTokenId}
    const found = await generate(scorer, request, settings, hooks).catch(async (error: unknown) => {
      if (error instanceof ModelError && error.code === 'scores-not-finite') await explainNonFinite(folder)
      throw error
    })
    return found.map(({ids, score}) => ({caption: this.tokenizer.decode(ids), ids, score}))
  }
}

export type CaptionedPixels = {
  readonly features: readonly ImageFeatures[]
  readonly captions: readonly WrittenCaption[]
  /** Milliseconds per image. */
  readonly ms: {readonly encode: number; readonly decode: number}
}

type PlannedSearch = {readonly settings: SearchSettings; readonly prompt: readonly number[]}

/** What was given, and the defaults for the rest; other keys are left behind. */
function settingsOf(given: Partial<SearchSettings>): SearchSettings {
  const names = Object.keys(DEFAULT_SETTINGS) as (keyof SearchSettings)[]
  const entries = names.map((name) => [name, given[name] ?? DEFAULT_SETTINGS[name]])
  return Object.fromEntries(entries) as SearchSettings
}

/** Greedy search weighs raw logits, beam search log-probabilities, as transformers does. */
function scorerOf(session: DecodeSession, vocabSize: number, beams: number): NextTokenScores {
  return {
    vocabSize,
    async step(ids, parents) {
      const {logits, logProbs} = await session.step(ids.flat(), {rows: ids.length, parents})
      return beams === 1 ? logits : logProbs
    },
  }
}
