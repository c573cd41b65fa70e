/**
 * SPICE, by the official tool: captions and references are parsed into objects, attributes and relations, and those are
 * compared. It needs Java, about 8 GB of memory and models of a gigabyte, so vwt hands it over to whoever has it.
 *
 * @see Anderson et al., SPICE: Semantic Propositional Image Caption Evaluation, ECCV 2016, arXiv 1607.08822.
 */
import {spawn} from 'node:child_process'
import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {InterruptedError, messageOf, UsageError} from '../base/errors.js'

export type SpiceOptions = {
  /** `spice-1.0.jar`, with its `lib` folder beside it. */
  readonly jar: string
  /** Program to run; default `java`. */
  readonly java?: string
  /** Milliseconds until it is given up; default an hour. */
  readonly limitMs?: number
  readonly signal?: AbortSignal | undefined
}

export type Spice =
  | {
      /** F-score of each image, 0 to 1. */
      readonly images: readonly number[]
      readonly reason: null
    }
  | {
      readonly images: null
      /** Why there is none. */
      readonly reason: string
    }

const HOUR_MS = 3_600_000
/** As much as the tool's own wrapper asks for. */
const MEMORY = '-Xmx8G'
/** Of what a failing tool says. */
const KEPT_CHARACTERS = 100_000
const SHOWN_CHARACTERS = 300

/** @throws {UsageError} `spice-jar`: there is no such file. */
export async function checkSpiceJar(jar: string): Promise<void> {
  if (
    await stat(jar).then(
      (found) => found.isFile(),
      () => false,
    )
  )
    return
  throw new UsageError(`--spice-jar should name the SPICE tool, spice-1.0.jar, but ${jar} is no file.`, {
    code: 'spice-jar',
    suggestions: ['It is in SPICE-1.0.zip at https://panderson.me/spice, and in the Python package pycocoevalcap.'],
  })
}

/**
 * Scores captions; whatever goes wrong with the tool becomes the reason, for the other metrics hold without it.
 *
 * @param references for each caption at least one.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function scoreSpice(
  captions: readonly string[],
  references: readonly (readonly string[])[],
  {jar, java = 'java', limitMs = HOUR_MS, signal}: SpiceOptions,
): Promise<Spice> {
  const folder = await mkdtemp(join(tmpdir(), 'vwt-spice-'))
  try {
    const [input, output, cache] = ['input.json', 'output.json', 'cache'].map((name) => join(folder, name))
    const sets = captions.map((test, index) => ({image_id: index, test, refs: references[index]!}))
    await writeFile(input!, JSON.stringify(sets))
    const path = resolve(jar)
    const args = [MEMORY, '-jar', path, input!, '-cache', cache!, '-out', output!, '-silent']
    const fault = await runJava(java, args, dirname(path), limitMs, signal)
    if (signal?.aborted) throw new InterruptedError()
    return fault === undefined
      ? parseScores(await readFile(output!, 'utf8'), captions.length)
      : {images: null, reason: fault}
  } catch (error) {
    if (error instanceof InterruptedError) throw error
    return {images: null, reason: `SPICE left no scores behind: ${messageOf(error)}.`}
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** What went wrong, in a sentence; undefined when it ended well. */
function runJava(
  java: string,
  args: readonly string[],
  cwd: string,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((done) => {
    let said = ''
    let isLate = false
    const child = spawn(java, args, {cwd, stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? {signal} : {})})
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, limitMs)
    const end = (fault: string | undefined) => {
      clearTimeout(timer)
      done(fault)
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-KEPT_CHARACTERS)
      })
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      end(
        error.code === 'ENOENT'
          ? `SPICE needs Java, but ${java} is not on the path.`
          : `SPICE could not be started: ${messageOf(error)}.`,
      )
    })
    child.on('close', (status, killedBy) => {
      if (isLate) end(`SPICE did not end within ${limitMs / 1000} s.`)
      else if (status === 0) end(undefined)
      else end(`SPICE ended with ${status === null ? killedBy : `status ${status}`}${wordsOf(said)}.`)
    })
  })
}

/** Of a Java program the error and not the calls that led to it, of others what they said last. */
function wordsOf(said: string): string {
  const error = said.split('\n').find((line) => /(?:Error|Exception)\b/.test(line))
  const text = (error ?? said.slice(-SHOWN_CHARACTERS)).replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS)
  return text === '' ? '' : `: ${text.replace(/\.$/, '')}`
}

/** `[{image_id, scores: {All: {f, …}, …}}, …]`. */
function parseScores(text: string, count: number): Spice {
  const entries: unknown = JSON.parse(text)
  const scores = new Map(
    (Array.isArray(entries) ? entries : []).map((entry) => [entry?.image_id, entry?.scores?.All?.f] as const),
  )
  const images = Array.from({length: count}, (_, index) => scores.get(index))
  const missing = images.filter((score) => typeof score !== 'number' || !Number.isFinite(score)).length
  if (missing > 0) return {images: null, reason: `SPICE gave no score for ${missing} of ${count} images.`}
  return {images: images as number[], reason: null}
}
