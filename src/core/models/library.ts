/** Where models are: shipped with vwt, in a folder, in vwt's own data folder, in the Hugging Face cache. */
import {readdir, readFile, stat} from 'node:fs/promises'
import {homedir} from 'node:os'
import {isAbsolute, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {ModelError} from '../base/errors.js'
import {dataFolder} from '../base/places.js'

/** `bundled` ships with vwt; `folder` is a path of the user; `vwt` is vwt's data folder; `huggingface` is its cache. */
export type ModelSource = 'bundled' | 'folder' | 'vwt' | 'huggingface'

export type ModelLocation = {
  /** As `--model` takes it. */
  readonly name: string
  /** Absolute; may be a link or contain links. */
  readonly path: string
  readonly source: ModelSource
}

/** The folders that are looked in; each may be absent. */
export type ModelPlaces = {
  readonly bundled: string
  readonly vwt: string
  readonly huggingface: string
  /** Relative paths start here. */
  readonly cwd: string
}

/** The package's own root: this file is `src/core/models/library.ts`, or the same under `dist`. */
const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** `HF_HUB_CACHE`, else `HF_HOME/hub`, else `XDG_CACHE_HOME/huggingface/hub`, as huggingface_hub looks for it. */
export function modelPlaces(env: NodeJS.ProcessEnv = process.env): ModelPlaces {
  const cacheHome = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const hubHome = env.HF_HOME || join(cacheHome, 'huggingface')
  return {
    bundled: join(PACKAGE_ROOT, 'models'),
    vwt: join(dataFolder({platform: process.platform, home: homedir(), env}), 'models'),
    huggingface: env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(hubHome, 'hub'),
    cwd: process.cwd(),
  }
}

/**
 * Finds the folder of `--model`. A path (`./x`, `/x`, `a/b/c`) is a folder; a shipped name is the shipped model; an
 * `org/name` is a folder of that name, else in vwt's data folder, else in the Hugging Face cache, there with an optional
 * `@revision`. The folder is not opened, see `readModelFolder`.
 *
 * @throws {ModelError} nothing is there; the message lists the places.
 */
export async function findModel(name: string, places: ModelPlaces = modelPlaces()): Promise<ModelLocation> {
  if (name.trim() === '') throw new ModelError('The model should have a name or be a folder, but is empty.', MISSING)
  const folder = resolve(places.cwd, name)
  const tried: string[] = []
  const found = async (path: string | undefined, source: ModelSource): Promise<ModelLocation | undefined> => {
    if (path === undefined) return undefined
    tried.push(path)
    return (await isFolder(path)) ? {name, path, source} : undefined
  }
  const location = isPath(name)
    ? await found(folder, 'folder')
    : ((await found(bundledPath(name, places), 'bundled')) ??
      (await found(folder, 'folder')) ??
      (await found(join(places.vwt, name), 'vwt')) ??
      (await found(await snapshotPath(name, places.huggingface), 'huggingface')))
  if (location) return location
  throw missingModel(name, tried, await bundledNames(places))
}

/** Every model folder in the places that have names, sorted by name within each place; not opened, not checked. */
export async function findModels(places: ModelPlaces = modelPlaces()): Promise<ModelLocation[]> {
  const bundled = (await bundledNames(places)).map((name) => at(name, join(places.bundled, name), 'bundled'))
  const own = await namesBelow(places.vwt)
  const cached: ModelLocation[] = []
  for (const entry of await subfolders(places.huggingface)) {
    const name = /^models--(.+)$/.exec(entry)?.[1]?.replaceAll('--', '/')
    const path = name && (await snapshotPath(name, places.huggingface))
    if (path && (await isFile(join(path, 'config.json')))) cached.push(at(name, path, 'huggingface'))
  }
  return [...bundled, ...own.map((name) => at(name, join(places.vwt, name), 'vwt')), ...cached]
}

const MISSING = {code: 'model-missing'} as const
const ID = /^[\w.-]+(\/[\w.-]+)?(@[\w./-]+)?$/

/** `.`, `..`, `./x`, `/x`, `C:\x`, `a/b/c`: nothing that could be a name or an `org/name`. */
function isPath(name: string): boolean {
  return isAbsolute(name) || /^\.{1,2}($|[\\/])/.test(name) || !ID.test(name)
}

function bundledPath(name: string, places: ModelPlaces): string | undefined {
  return /[/@]/.test(name) ? undefined : join(places.bundled, name)
}

/** `models--org--name/snapshots/<commit>`, the commit as `refs/main` (or `@revision`) says. */
async function snapshotPath(id: string, cache: string): Promise<string | undefined> {
  const [name = '', revision = 'main'] = id.split(/@(.*)/s)
  const repository = join(cache, `models--${name.replaceAll('/', '--')}`)
  if (revision.split('/').includes('..')) return undefined
  const reference = await readFile(join(repository, 'refs', revision), 'utf8').catch(() => revision)
  return join(repository, 'snapshots', reference.trim())
}

/** Folders of `models` that hold a model; its other folders are training code and the like. */
async function bundledNames(places: ModelPlaces): Promise<string[]> {
  return foldersWithConfig(places.bundled)
}

/** `name` and `org/name` below vwt's data folder. */
async function namesBelow(root: string): Promise<string[]> {
  const names = await foldersWithConfig(root)
  for (const org of await subfolders(root)) {
    if (names.includes(org)) continue
    names.push(...(await foldersWithConfig(join(root, org))).map((name) => `${org}/${name}`))
  }
  return names.sort()
}

async function foldersWithConfig(root: string): Promise<string[]> {
  const names = await subfolders(root)
  const having = await Promise.all(names.map((name) => isFile(join(root, name, 'config.json'))))
  return names.filter((_, index) => having[index])
}

async function subfolders(root: string): Promise<string[]> {
  const entries = await readdir(root, {withFileTypes: true}).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
  return folders.map((entry) => entry.name).sort()
}

function missingModel(name: string, tried: readonly string[], bundled: readonly string[]): ModelError {
  const names = bundled.length > 0 ? bundled.join(', ') : 'none'
  const suggestions = [`Use a model that is here (shipped: ${names}), or give the path of a model folder.`]
  if (/^[\w.-]+\/[\w.-]+$/.test(name)) {
    suggestions.push(`Download it with Hugging Face's own tool: hf download ${name}`)
  }
  const places = tried.map((path) => `\n  ${path}`).join('')
  return new ModelError(`There is no model ${JSON.stringify(name)}. Looked in:${places}`, {...MISSING, suggestions})
}

function at(name: string, path: string, source: ModelSource): ModelLocation {
  return {name, path, source}
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  )
}
