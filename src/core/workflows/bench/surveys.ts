/** Every method over every image, one after the other: what each makes of them, and which can be read at all. */
import {ImageError, messageOf, VwtError} from '../../base/errors.js'
import type {MethodSpec} from '../../methods/spec.js'
import type {ModelFolder} from '../../models/folder.js'
import type {Device} from '../../runtime/session.js'
import type {FailedImage} from '../batches.js'
import type {PixelLoader} from '../images.js'
import type {LabelScorer} from '../label-scores.js'
import {type VisionOptions, VisionRunner} from '../vision.js'
import type {BenchJournal} from './journal.js'
import type {PlannedMethod} from './plan.js'
import type {BenchSet} from './set.js'
import type {Steps} from './steps.js'
import {findReadable, type Look, labelLook, PixelStore, type Survey, surveyImages} from './survey.js'

export type Surveyed = {
  readonly methods: readonly (PlannedMethod & {readonly method: string; readonly survey: Survey})[]
  /** Of the images that can be read. */
  readonly places: readonly number[]
  readonly failed: readonly FailedImage[]
  readonly device: Device
}

export type SurveyTools = {
  readonly planned: readonly PlannedMethod[]
  readonly scorers: readonly LabelScorer[]
  readonly loader: PixelLoader
  readonly steps: Steps
  /** Opens a method to see images; default: the vision tower, for labels. */
  readonly open?: ((spec: MethodSpec) => Promise<Look>) | undefined
  /** What is in it is not done again; what is done goes into it. */
  readonly journal?: BenchJournal | undefined
}

export type SurveyAllOptions = Omit<VisionOptions, 'spec' | 'trace'> & {
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: (message: string) => void
}

/**
 * One session at a time. What `all` brought in and cannot run here is told and left out.
 *
 * @throws {ImageError} no image can be read.  @throws {InterruptedError} the signal was aborted.
 */
export async function surveyAll(
  folder: ModelFolder,
  set: BenchSet,
  {planned, scorers, loader, steps, journal, open}: SurveyTools,
  options: SurveyAllOptions,
): Promise<Surveyed> {
  const {signal, onWarning} = options
  const openLook = open ?? (async (spec: MethodSpec) => labelLook(await VisionRunner.open(folder, {...options, spec})))
  const store = new PixelStore(loader, set.images)
  const {places, failed} = await findReadable(set, store, {signal, onImage: steps.images('images'), journal})
  if (places.length === 0) {
    const [first] = failed
    throw new ImageError(`No image could be read; the first of ${failed.length}: ${first!.error.message}`, first!.error)
  }
  const methods: Surveyed['methods'][number][] = []
  let device: Device = 'cpu'
  for (const {spec, isNamed} of planned) {
    let look: Look
    try {
      look = await openLook(spec)
    } catch (error) {
      if (isNamed || !(error instanceof VwtError)) throw error
      onWarning?.(`${spec.text} is left out: ${messageOf(error)}`)
      steps.skip()
      continue
    }
    try {
      if (methods.length === 0) device = look.device
      const onImage = steps.images(spec.text, places.length)
      const survey = await surveyImages(look, set, {places, store, scorers}, {signal, onImage, journal})
      methods.push({spec, isNamed, method: spec.text, survey})
    } finally {
      await look.release()
    }
  }
  return {methods, places, failed, device}
}
