/** A captioning model in a bench: its tower is the encoder, its decoder what comes behind; captions are kept. */
import {InterruptedError} from '../../base/errors.js'
import type {Tensor} from '../../base/tensor.js'
import type {MethodSpec} from '../../methods/spec.js'
import type {ModelFolder} from '../../models/folder.js'
import {type Captioner, type CaptionerOptions, loadCaptioner} from '../caption/caption.js'
import type {SeenImages} from '../caption/decoder.js'
import {scoreSpice} from '../spice.js'
import type {BenchSet} from './set.js'
import type {Look, Survey} from './survey.js'
import type {Contestant, Encoder} from './timing.js'

export type CaptionBenchOptions = Omit<CaptionerOptions, 'model' | 'method'> & {
  /** How every caption begins. */
  readonly prompt?: string | undefined
}

/** A method as the survey looks through it, image by image. */
export async function openCaptionLook(
  folder: ModelFolder,
  spec: MethodSpec,
  options: CaptionBenchOptions,
): Promise<Look> {
  const captioner = await open(folder, spec, options)
  return {
    method: spec.text,
    device: captioner.device,
    sizePx: folder.config.vision.imageSize,
    async see(pixels, place) {
      const {features, captions} = await captioner.captionPixels(pixels, [place], {prompt: options.prompt})
      return {tokens: features[0]!.layerTokens.at(-1)!, caption: captions[0]!.caption}
    },
    release: () => captioner.release(),
  }
}

/** A method as it is timed: the tower alone, and the whole from file to caption. */
export function captionContestant(folder: ModelFolder, spec: MethodSpec, options: CaptionBenchOptions): Contestant {
  return {
    method: spec.text,
    open: async () => new CaptionEncoder(await open(folder, spec, {...options, onWarning: () => {}}), options.prompt),
  }
}

class CaptionEncoder implements Encoder {
  #seen: SeenImages | undefined

  constructor(
    private readonly captioner: Captioner,
    private readonly prompt: string | undefined,
  ) {}

  async run(pixels: Tensor, images: readonly number[]): Promise<SeenImages['features']> {
    this.#seen = await this.captioner.decoder.see(pixels, images)
    return this.#seen.features
  }

  async finish(): Promise<void> {
    const encoded = await this.captioner.decoder.attend(this.#seen!)
    await this.captioner.describe(encoded, {prompt: this.prompt})
  }

  release(): Promise<void> {
    return this.captioner.release()
  }
}

export type SpiceSettings = {
  readonly spiceJar?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: (message: string) => void
}

/**
 * Adds SPICE to the captions of every method; where the tool fails they stay without, and the reason is a warning.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function withSpice<Method extends {readonly method: string; readonly survey: Survey}>(
  methods: readonly Method[],
  {captions}: BenchSet,
  places: readonly number[],
  {spiceJar, signal, onWarning}: SpiceSettings,
): Promise<Method[]> {
  if (spiceJar === undefined || !captions) return [...methods]
  const references = places.map((place) => captions[place]!)
  const scored: Method[] = []
  for (const one of methods) {
    if (signal?.aborted) throw new InterruptedError()
    const own = one.survey.captions!
    const {images, reason} = await scoreSpice(own.texts, references, {jar: spiceJar, signal})
    if (reason !== null) onWarning?.(`SPICE of ${one.method} is null. ${reason}`)
    scored.push({...one, survey: {...one.survey, captions: {...own, spice: images}}})
  }
  return scored
}

function open(folder: ModelFolder, {text}: MethodSpec, options: CaptionBenchOptions): Promise<Captioner> {
  return loadCaptioner({...options, model: folder.path, method: text})
}
