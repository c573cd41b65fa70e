/** What a bench asks of the model: labels, or captions. Decides over model, images and what accuracy means. */
import {UsageError} from '../../base/errors.js'
import {type ModelFolder, readModelFolder, requireKind} from '../../models/folder.js'
import {findModel} from '../../models/library.js'
import type {BenchSet} from './set.js'
import {type BenchSource, openBenchSet} from './source.js'

export const TASKS = ['classify', 'caption'] as const
export type Task = (typeof TASKS)[number]

export type TaskOptions = BenchSource & {
  /** Default: what the model named is for, else what the images have. */
  readonly task?: Task | undefined
  /** Name or folder; default `mini`, for captions `mini-caption`. */
  readonly model?: string | undefined
  /** See `scoreSpice`. */
  readonly spiceJar?: string | undefined
}

export type BenchSubject = {
  readonly task: Task
  readonly folder: ModelFolder
  /** Without what the task does not ask for. */
  readonly set: BenchSet
}

const DEFAULT_MODEL: Readonly<Record<Task, string>> = {classify: 'mini', caption: 'mini-caption'}

/**
 * Opens model and images.
 *
 * @throws {UsageError} `model-kind`: the model is for another task; `spice-task`: there are no captions to score; the
 *   images are of a wrong form.
 * @throws {ModelError} the model is missing or damaged.
 */
export async function openSubject(options: TaskOptions): Promise<BenchSubject> {
  const named = options.model === undefined ? undefined : await openFolder(options.model)
  const wanted = options.task ?? (options.suite === 'scenes-captions' ? 'caption' : named && taskOf(named))
  if (named && wanted) checkModel(named, wanted)
  if (wanted === 'caption') checkPrompt(options.prompt)
  const hasSource = options.images !== undefined || options.data !== undefined || options.suite !== undefined
  const set = await openBenchSet(wanted === 'caption' && !hasSource ? {...options, suite: 'scenes-captions'} : options)
  const task = wanted ?? (set.tasks.length === 0 && set.captions ? 'caption' : 'classify')
  const folder = named ?? (await openFolder(DEFAULT_MODEL[task]))
  checkModel(folder, task)
  if (options.spiceJar !== undefined) checkScored(task, set)
  if (task === 'caption') {
    checkPrompt(options.prompt)
    return {task, folder, set: {...set, tasks: []}}
  }
  return {task, folder, set: {...set, captions: undefined, mentions: undefined}}
}

function checkModel(folder: ModelFolder, task: Task): void {
  if (task === 'caption') requireKind(folder, 'blip', 'write captions')
  else requireKind(folder, 'clip', 'compare images with labels')
}

function checkScored(task: Task, {name, captions}: BenchSet): void {
  if (task === 'caption' && captions) return
  const reason = task === 'caption' ? `nobody wrote captions of ${name}` : 'the bench asks for labels'
  throw new UsageError(`--spice-jar scores captions against others, but ${reason}.`, {
    code: 'spice-task',
    suggestions: ['--task caption, with --data that has captions or --suite scenes-captions.'],
  })
}

/** @throws {UsageError} `prompt-slot`: it is a frame for labels. */
function checkPrompt(prompt: string | undefined): void {
  if (!prompt?.includes('{}')) return
  throw new UsageError(`For captions --prompt should be how each begins, but is a frame for labels: ${prompt}.`, {
    code: 'prompt-slot',
    suggestions: ['Leave {} out: --prompt "a photo of".'],
  })
}

function taskOf({kind}: ModelFolder): Task {
  return kind === 'blip' ? 'caption' : 'classify'
}

async function openFolder(model: string): Promise<ModelFolder> {
  const {path, name} = await findModel(model)
  return readModelFolder(path, {name})
}
