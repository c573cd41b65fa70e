/**
 * Puts a written graph where ONNX Runtime finds its weights. ONNX external data is looked up beside the graph file and
 * must not leave that folder, symbolic links included; vwt never changes or copies a model folder. So the graph gets a
 * folder of its own with hard links to the weights (same bytes, no space), or, where links cannot be made (another
 * file system), lies for the time of loading beside the weights under a hidden name.
 */
import {copyFile, link, mkdir, readdir, rm, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {BugError, ModelError, messageOf} from '../base/errors.js'
import {cacheFolder} from '../base/places.js'

/** A graph as bytes, with the weights files it expects beside it. */
export type GraphFile = {
  readonly name: string
  readonly bytes: Uint8Array
  readonly externalFiles: readonly {readonly file: string; readonly location: string}[]
}

export type StagedGraph = {
  /** Path of the graph file. */
  readonly path: string
  /** What had to be done: for reports and tests. */
  readonly how: 'linked' | 'beside' | 'copied'
  /** Removes what was staged. The session has mapped the weights by then and keeps them. */
  dispose(): Promise<void>
}

let stagedCount = 0

/** @throws {ModelError} the graph can be placed nowhere. */
export async function stageGraph(graph: GraphFile, folder = join(cacheFolder(), 'staged')): Promise<StagedGraph> {
  if (graph.externalFiles.length === 0) throw new BugError(`The graph ${graph.name} has no external data to stage.`)
  const attempts = [
    () => stageInFolder(graph, folder, 'linked'),
    () => stageBeside(graph),
    () => stageInFolder(graph, folder, 'copied'),
  ]
  const failures: string[] = []
  for (const attempt of attempts) {
    try {
      return await attempt()
    } catch (error) {
      failures.push(messageOf(error))
    }
  }
  throw new ModelError(
    `The graph of ${graph.name} could be placed neither in ${folder} nor beside its weights: ${failures.join('; ')}`,
    {
      code: 'staging-failed',
      suggestions: ['Set VWT_CACHE to a folder you can write, best on the file system of the model.'],
    },
  )
}

async function stageInFolder(graph: GraphFile, folder: string, how: 'linked' | 'copied'): Promise<StagedGraph> {
  await mkdir(folder, {recursive: true})
  await removeLeftovers(folder)
  const place = join(folder, nextName())
  const dispose = () => rm(place, {recursive: true, force: true})
  await mkdir(place)
  try {
    for (const {file, location} of graph.externalFiles) {
      await (how === 'linked' ? link(file, join(place, location)) : copyFile(file, join(place, location)))
    }
    const path = join(place, 'graph.onnx')
    await writeFile(path, graph.bytes)
    return {path, how, dispose}
  } catch (error) {
    await dispose()
    throw error
  }
}

async function stageBeside(graph: GraphFile): Promise<StagedGraph> {
  const folder = dirname(graph.externalFiles[0]!.file)
  const together = graph.externalFiles.every(
    ({file, location}) => dirname(file) === folder && basename(file) === location,
  )
  if (!together) throw new Error('the weights lie in several folders')
  const path = join(folder, `.vwt-${nextName()}.onnx`)
  await writeFile(path, graph.bytes)
  return {path, how: 'beside', dispose: () => rm(path, {force: true})}
}

function nextName(): string {
  stagedCount += 1
  return `${process.pid}-${stagedCount}-${Date.now().toString(36)}`
}

/** Folders of processes that were killed before they could tidy up. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(name.split('-')[0])
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) await rm(join(folder, name), {recursive: true, force: true})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
