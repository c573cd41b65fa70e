/** A Hugging Face model folder, read and checked: config, preprocessor, tokenizer file, labels, weight spans. */
import {realpath, stat} from 'node:fs/promises'
import {basename, join, resolve} from 'node:path'
import {ModelError, UsageError} from '../base/errors.js'
import {openWeights, WEIGHTS_FILE, WEIGHTS_INDEX_FILE, type Weights} from '../weights/safetensors.js'
import {ARCHITECTURES, type Configs, type Described, MODEL_KINDS, type ModelKind} from './architectures.js'
import {Fields, isObject, type JsonObject, readJsonObject} from './fields.js'

export {MODEL_KINDS, type ModelKind} from './architectures.js'

/** Labels a model brings along, from the key `vwt` of its config. */
export type OwnLabels = {
  readonly labels: readonly string[]
  /** `{}` stands for the label. */
  readonly prompt: string
}

export type ModelConfig<Kind extends ModelKind = ModelKind> = Described<Kind> & {
  /** Undefined when the model has none of its own. */
  readonly ownLabels: OwnLabels | undefined
}

export type ModelFolder<Kind extends ModelKind = ModelKind> = ModelConfig<Kind> & {
  /** Absolute, symbolic links resolved. */
  readonly path: string
  /** What the user called it, else the folder's name. */
  readonly name: string
  /**
   * The image processor as JSON, its class filled in where the file names none: `preprocessor_config.json`, or its part
   * of `processor_config.json`.
   */
  readonly processorConfig: JsonObject
  /** Where `processorConfig` was found, for messages. */
  readonly processorFile: string
  readonly tokenizerFile: string
  /** Under the names that graphs ask for, see `arrangeWeights` of the architecture. */
  readonly weights: Weights
}

const REPLACEMENTS: Readonly<Record<ModelKind, string>> = {
  clip: '--model mini, or a CLIP folder such as openai/clip-vit-base-patch16',
  blip: '--model mini-caption, or a BLIP folder such as Salesforce/blip-image-captioning-base',
}

const CONFIG_FILE = 'config.json'
const PREPROCESSOR_FILE = 'preprocessor_config.json'
/** transformers 5 saves the image processor as a part of this one. */
const PROCESSOR_FILE = 'processor_config.json'
const TOKENIZER_FILE = 'tokenizer.json'

/**
 * Reads everything of a model but its weights' values.
 *
 * @throws {ModelError} a file is missing or damaged, or the architecture is not one that vwt runs.
 */
export async function readModelFolder(path: string, options: {readonly name?: string} = {}): Promise<ModelFolder> {
  await checkFolder(path)
  const parsed = await readModelConfig(path)
  await checkFiles(path)
  const [processor, weights] = await Promise.all([readProcessorConfig(path, parsed.kind), openWeights(path)])
  return {
    ...parsed,
    path: await realpath(path),
    name: options.name ?? basename(resolve(path)),
    processorConfig: processor.config,
    processorFile: processor.file,
    tokenizerFile: join(path, TOKENIZER_FILE),
    weights: arrangeWeights(parsed, weights),
  }
}

/**
 * A folder of the kind that some work takes.
 * @param work what is to be done: `classify`.
 * @throws {UsageError} it is of another kind.
 */
export function requireKind<Kind extends ModelKind>(folder: ModelFolder, kind: Kind, work: string): ModelFolder<Kind> {
  if (folder.kind === kind) return folder as ModelFolder<Kind>
  const {purpose} = ARCHITECTURES[folder.kind]
  throw new UsageError(
    `To ${work} takes a model of kind ${kind}, but ${folder.name} is of kind ${folder.kind}, which ${purpose}.`,
    {code: 'model-kind', suggestions: [REPLACEMENTS[kind]]},
  )
}

/** Reads `config.json` alone. @throws {ModelError} it is missing, damaged, or of an architecture vwt does not run. */
export async function readModelConfig(path: string): Promise<ModelConfig> {
  const file = join(path, CONFIG_FILE)
  const config = await readJsonObject(file)
  const kind = MODEL_KINDS.find((known) => known === config.model_type)
  if (!kind) throw unsupported(config, file)
  return {...describe(kind, config, file), ownLabels: parseOwnLabels(config, file)}
}

/** The compiler does not see that kind and config belong together: they come from one line of the table. */
function describe<Kind extends ModelKind>(kind: Kind, config: JsonObject, file: string): Described {
  return {kind, config: ARCHITECTURES[kind].parseConfig(config, file)} as Described
}

function arrangeWeights<Kind extends ModelKind>(
  {kind, config}: {readonly kind: Kind; readonly config: Configs[Kind]},
  weights: Weights,
): Weights {
  return ARCHITECTURES[kind].arrangeWeights(weights, config)
}

async function checkFolder(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined)
  if (status?.isDirectory()) return
  const found = status ? 'is a file' : 'does not exist'
  throw new ModelError(`${resolve(path)} should be a model folder, but ${found}.`, {
    code: 'model-missing',
    suggestions: ['Name the folder that holds config.json and model.safetensors.'],
  })
}

/** Names all missing files at once: they come from one broken download or one wrong folder. */
async function checkFiles(path: string): Promise<void> {
  const missing: string[] = []
  for (const choices of [[PREPROCESSOR_FILE, PROCESSOR_FILE], [TOKENIZER_FILE], [WEIGHTS_FILE, WEIGHTS_INDEX_FILE]]) {
    const found = await Promise.all(choices.map((name) => exists(join(path, name))))
    if (!found.includes(true)) missing.push(choices.join(' or '))
  }
  // openWeights says more than "missing" about a folder of pickled weights.
  if (missing.length === 0 || (missing.length === 1 && missing[0]!.startsWith(WEIGHTS_FILE))) return
  const suggestions = missing.includes(TOKENIZER_FILE)
    ? [
        "Without tokenizer.json: save it with transformers, AutoTokenizer.from_pretrained('…').save_pretrained('folder').",
      ]
    : ["Fetch the missing files from the model's page."]
  throw new ModelError(`The model folder ${resolve(path)} lacks ${missing.join(', ')}.`, {
    code: 'model-file-missing',
    suggestions,
  })
}

async function readProcessorConfig(path: string, kind: ModelKind): Promise<{file: string; config: JsonObject}> {
  const own = join(path, PREPROCESSOR_FILE)
  if (await exists(own)) return {file: own, config: withClass(await readJsonObject(own), kind)}
  const file = join(path, PROCESSOR_FILE)
  const config = await readJsonObject(file)
  if (!isObject(config.image_processor)) throw new Fields(file, '', config).wrong('image_processor', 'an object')
  return {file, config: withClass(config.image_processor, kind)}
}

function withClass(processor: JsonObject, kind: ModelKind): JsonObject {
  const named = 'image_processor_type' in processor || 'feature_extractor_type' in processor
  return named ? processor : {...processor, image_processor_type: ARCHITECTURES[kind].processorClass}
}

function parseOwnLabels(config: JsonObject, file: string): OwnLabels | undefined {
  if (config.vwt === undefined) return undefined
  if (!isObject(config.vwt)) throw new Fields(file, '', config).wrong('vwt', 'an object')
  const {labels, prompt = '{}'} = config.vwt
  const fields = new Fields(file, 'vwt', config.vwt)
  if (!Array.isArray(labels) || labels.length === 0 || labels.some((label) => typeof label !== 'string' || !label)) {
    throw fields.wrong('labels', 'a list of at least one text')
  }
  if (typeof prompt !== 'string' || !prompt.includes('{}')) throw fields.wrong('prompt', 'a text with {} in it')
  return {labels, prompt}
}

function unsupported(config: JsonObject, file: string): ModelError {
  const architectures = Array.isArray(config.architectures) ? ` (${config.architectures.join(', ')})` : ''
  const type = config.model_type === undefined ? 'no model_type' : `model_type ${JSON.stringify(config.model_type)}`
  const known = MODEL_KINDS.join(', ')
  return new ModelError(`${file} has ${type}${architectures}, which vwt cannot run; it runs: ${known}.`, {
    code: 'model-unsupported',
    suggestions: ['Take a model of a kind that vwt runs, such as openai/clip-vit-base-patch32.'],
  })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
