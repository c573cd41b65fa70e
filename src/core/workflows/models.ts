/** What models are here, and what one of them is: plain data, nothing run, no weights read. */
import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {ModelError, messageOf} from '../base/errors.js'
import {elementCount} from '../base/tensor.js'
import {type ImageProcessor, parseImageProcessor} from '../image/processor.js'
import {type ModelConfig, type ModelFolder, type ModelKind, readModelFolder} from '../models/folder.js'
import {
  findModel,
  findModels,
  type ModelLocation,
  type ModelPlaces,
  type ModelSource,
  modelPlaces,
} from '../models/library.js'
import type {Activation, TowerConfig, VisionConfig} from '../models/tower-config.js'
import type {TensorDtype} from '../weights/header.js'

export type ModelSummary = {
  /** As `--model` takes it. */
  readonly name: string
  readonly source: ModelSource
  readonly path: string
  readonly usable: boolean
  /** Why it is not usable. */
  readonly problem: string | null
  /** What follows is null for a model that is not usable. */
  readonly kind: ModelKind | null
  readonly parameters: number | null
  /** Size of the weight files. */
  readonly bytes: number | null
}

export type ModelList = {
  readonly models: readonly ModelSummary[]
  /** The folders looked in, in the order of search. */
  readonly places: readonly {readonly source: ModelSource; readonly path: string; readonly exists: boolean}[]
}

export type TowerInfo = {
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly mlpWidth: number
  readonly activation: Activation
}

export type ModelInfo = {
  readonly name: string
  readonly kind: ModelKind
  readonly source: ModelSource
  readonly path: string
  /** Size of the weight files. */
  readonly bytes: number
  readonly parameters: number
  /** Parameters by the type they are stored in, most first: `{F16: 86000000}`. */
  readonly dtypes: Readonly<Partial<Record<TensorDtype, number>>>
  readonly vision: TowerInfo & {
    readonly imageSizePx: number
    readonly patchSizePx: number
    /** Rows and columns of patches. */
    readonly grid: readonly [number, number]
    /** Patches and the class token: the length of the full sequence. */
    readonly tokens: number
  }
  /** Reads texts, or writes them: the decoder of a captioning model. */
  readonly text: TowerInfo & {readonly vocabularySize: number; readonly maxTokens: number}
  /** Values of an embedding; null for a model that compares nothing. */
  readonly projection: number | null
  /** The model's own; null when it has none and `--labels` must be given. */
  readonly labels: readonly string[] | null
  /** `{}` stands for the label; null with `labels`. */
  readonly prompt: string | null
  readonly preprocessing: ImageProcessor
  readonly files: readonly {readonly name: string; readonly bytes: number}[]
}

export type ModelsOptions = {readonly places?: ModelPlaces}

/**
 * Every model that has a name here: shipped, in vwt's data folder, in the Hugging Face cache. Of the cache, which other
 * programs fill too, only models vwt could run are listed; a damaged one is listed with its problem.
 */
export async function listModels({places = modelPlaces()}: ModelsOptions = {}): Promise<ModelList> {
  const summaries = await Promise.all((await findModels(places)).map(summarize))
  const searched = (['bundled', 'vwt', 'huggingface'] as const).map(async (source) => ({
    source,
    path: places[source],
    exists: await exists(places[source]),
  }))
  return {models: summaries.filter((summary) => summary !== undefined), places: await Promise.all(searched)}
}

/**
 * Describes one model; its files are checked as before a run, the weights' values are not read.
 *
 * @param name as `--model` takes it: a name or a folder.
 * @throws {ModelError} there is none, or it is damaged, or vwt cannot run it.
 */
export async function modelInfo(name: string, {places = modelPlaces()}: ModelsOptions = {}): Promise<ModelInfo> {
  const location = await findModel(name, places)
  const folder = await readModelFolder(location.path, {name})
  const {config, weights} = folder
  const {parameters, dtypes} = countParameters(folder)
  return {
    name,
    kind: folder.kind,
    source: location.source,
    path: folder.path,
    bytes: weights.totalBytes,
    parameters,
    dtypes,
    vision: describeVision(config.vision),
    text: describeText(config.text),
    projection: folder.kind === 'clip' ? folder.config.projectionDim : null,
    labels: folder.ownLabels?.labels ?? null,
    prompt: folder.ownLabels?.prompt ?? null,
    preprocessing: parseImageProcessor(folder.processorConfig, folder.processorFile),
    files: await filesIn(folder.path),
  }
}

async function summarize({name, source, path}: ModelLocation): Promise<ModelSummary | undefined> {
  try {
    const folder = await readModelFolder(path, {name})
    const {parameters} = countParameters(folder)
    const {kind, weights} = folder
    return {name, source, path, usable: true, problem: null, kind, parameters, bytes: weights.totalBytes}
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    if (source === 'huggingface' && error.code === 'model-unsupported') return undefined
    return {name, source, path, usable: false, problem: messageOf(error), kind: null, parameters: null, bytes: null}
  }
}

/** Whole numbers in the file (position ids of old models) are not parameters; one tensor under two names counts once. */
function countParameters({weights}: ModelFolder): Pick<ModelInfo, 'parameters' | 'dtypes'> {
  const counts = new Map<TensorDtype, number>()
  const places = new Map(
    [...weights.tensors.values()].map((span) => [`${span.file} ${span.offset} ${span.byteLength}`, span]),
  )
  for (const {dtype, shape} of places.values()) {
    if (/^B?F\d/.test(dtype)) counts.set(dtype, (counts.get(dtype) ?? 0) + elementCount(shape))
  }
  const ordered = [...counts].sort(([, a], [, b]) => b - a)
  return {parameters: ordered.reduce((sum, [, count]) => sum + count, 0), dtypes: Object.fromEntries(ordered)}
}

function describeTower({width, layers, heads, mlpWidth, activation}: TowerConfig): TowerInfo {
  return {width, layers, heads, mlpWidth, activation}
}

function describeVision(vision: VisionConfig): ModelInfo['vision'] {
  const side = vision.imageSize / vision.patchSize
  return {
    ...describeTower(vision),
    imageSizePx: vision.imageSize,
    patchSizePx: vision.patchSize,
    grid: [side, side],
    tokens: side * side + 1,
  }
}

function describeText(text: ModelConfig['config']['text']): ModelInfo['text'] {
  return {...describeTower(text), vocabularySize: text.vocabSize, maxTokens: text.maxPositions}
}

async function filesIn(path: string): Promise<ModelInfo['files']> {
  const names = (await readdir(path)).sort()
  const statuses = await Promise.all(names.map((name) => stat(join(path, name)).catch(() => undefined)))
  return names.flatMap((name, index) => {
    const status = statuses[index]
    return status?.isFile() ? [{name, bytes: status.size}] : []
  })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
