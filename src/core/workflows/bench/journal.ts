/**
 * What a bench has measured so far, on disk, so that a run that was stopped or killed goes on where it was: JSON lines,
 * only ever appended, one for each image read, each image a method has seen, each block of times.
 */
import {closeSync, ftruncateSync, readSync, writeSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {ModelError, messageOf, UsageError} from '../../base/errors.js'
import type {FailedImage} from '../batches.js'
import {linesOf, openLineFile} from '../line-file.js'
import type {TurnSamples} from './timing.js'

/** What a bench has to have in common with its journal, by name; null where it does not apply. */
export type JournalSettings = Readonly<Record<string, string | number | null>>

/** What one method made of one image: enough for every figure of accuracy. */
export type SeenOutcome = {
  readonly tokens: number
  /** `[projection]`, kept to the last bit; of methods that are asked for labels. */
  readonly embedding?: Float32Array
  /** Of methods that are asked for captions. */
  readonly caption?: string
}

/** What a bench took over from earlier runs of the same command. */
export type Resumed = {
  /** Earlier runs that left something. */
  readonly runs: number
  /** Images seen by a method, summed over methods. */
  readonly images: number
  /** Complete blocks of times. */
  readonly blocks: number
}

type Line =
  | {readonly journal: string; readonly settings: JournalSettings}
  | {readonly started: string}
  | {readonly read: number}
  | {readonly unread: number; readonly failed: FailedImage}
  | {
      readonly seen: number
      readonly method: string
      readonly tokens: number
      readonly embedding?: string
      readonly caption?: string
    }
  | {readonly block: number; readonly samples: readonly TurnSamples[]}

/** Where a line lies in the file, in bytes; lines are read again when they are asked for, to keep memory small. */
type Span = readonly [start: number, length: number]

const FORMAT = 'vwt.bench-journal/1'
const START = `{"journal":"${FORMAT}"`

/** Beside the first file of `--out`. */
export function journalPath(out: string): string {
  return `${out}.journal`
}

/** For when the result is safe. */
export async function removeJournal(path: string): Promise<void> {
  await rm(path, {force: true})
}

export class BenchJournal {
  readonly #readings = new Map<number, FailedImage | undefined>()
  readonly #seen = new Map<string, Map<number, Span>>()
  readonly #blocks: (readonly TurnSamples[])[] = []
  #runs = 0
  #end = 0
  #resumed: Resumed | undefined

  private constructor(
    readonly path: string,
    private readonly file: number,
  ) {}

  /**
   * Opens the journal of a bench and, with `resume`, takes in what an earlier run wrote; without it that is lost.
   *
   * @throws {UsageError} `resume-mismatch`: it is of a bench with other settings, each named; `journal-foreign`: the file
   *   is no journal; `write-failed`.  @throws {ModelError} `journal-damaged`, with the line.
   */
  static open(path: string, settings: JournalSettings, {resume = false}: {resume?: boolean} = {}): BenchJournal {
    const journal = new BenchJournal(path, openFile(path))
    try {
      const isOwn = journal.#isJournal()
      if (isOwn && resume) journal.#takeIn(settings)
      ftruncateSync(journal.file, journal.#end)
      if (journal.#end === 0) journal.#append({journal: FORMAT, settings})
      journal.#append({started: new Date().toISOString()})
      return journal
    } catch (error) {
      journal.close()
      throw error
    }
  }

  /** Undefined when nothing was taken over. */
  get resumed(): Resumed | undefined {
    return this.#resumed
  }

  /** Complete blocks of times, from the first on. */
  get blocks(): readonly (readonly TurnSamples[])[] {
    return this.#blocks
  }

  /** Whether it is known if the image at `place` can be read, and what is wrong with it if it cannot. */
  reading(place: number): {readonly failed: FailedImage | undefined} | undefined {
    return this.#readings.has(place) ? {failed: this.#readings.get(place)} : undefined
  }

  noteReading(place: number, failed: FailedImage | undefined): void {
    this.#append(failed ? {unread: place, failed} : {read: place})
  }

  outcome(method: string, place: number): SeenOutcome | undefined {
    const span = this.#seen.get(method)?.get(place)
    if (!span) return undefined
    const {tokens, embedding, caption} = this.#readLine(span)
    const bytes = embedding === undefined ? undefined : Uint8Array.from(Buffer.from(embedding, 'base64'))
    return {
      tokens,
      ...(bytes ? {embedding: new Float32Array(bytes.buffer)} : {}),
      ...(caption === undefined ? {} : {caption}),
    }
  }

  noteOutcome(method: string, place: number, {tokens, embedding, caption}: SeenOutcome): void {
    const bytes = embedding && Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength)
    this.#append({
      seen: place,
      method,
      tokens,
      ...(bytes ? {embedding: bytes.toString('base64')} : {}),
      ...(caption === undefined ? {} : {caption}),
    })
  }

  noteBlock(block: number, samples: readonly TurnSamples[]): void {
    this.#append({block, samples})
  }

  close(): void {
    closeSync(this.file)
  }

  /** One write for a whole line: a process that is killed leaves it whole or torn, and a torn last line is cut off. */
  #append(line: Line): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.file, bytes, done, undefined, this.#end + done)
    } catch (error) {
      throw cannotWrite(this.path, error)
    }
    this.#end += bytes.length
  }

  /** @returns false for an empty file, or one that was killed before its first line was whole. */
  #isJournal(): boolean {
    const start = Buffer.alloc(START.length)
    const length = readSync(this.file, start, 0, start.length, 0)
    const text = start.toString('utf8', 0, length)
    if (text === START) return true
    if (START.startsWith(text)) return false
    throw new UsageError(`${this.path} should be a journal of vwt bench or not be there, but is another file.`, {
      code: 'journal-foreign',
      suggestions: ['Name another file with --journal.'],
    })
  }

  #takeIn(settings: JournalSettings): void {
    let number = 0
    let fault: string | undefined
    for (const {bytes, start} of linesOf(this.file)) {
      // Only the last line may be torn: whatever comes behind a fault means that the file was changed.
      if (fault !== undefined) throw damaged(this.path, number, fault)
      number += 1
      try {
        this.#takeLine(JSON.parse(bytes.toString('utf8')) as Line, [start, bytes.length], settings)
        this.#end = start + bytes.length + 1
      } catch (error) {
        if (error instanceof UsageError) throw error
        fault = messageOf(error)
      }
    }
    const images = [...this.#seen.values()].reduce((sum, places) => sum + places.size, 0)
    if (this.#readings.size > 0) this.#resumed = {runs: this.#runs, images, blocks: this.#blocks.length}
  }

  #takeLine(line: Line, span: Span, settings: JournalSettings): void {
    if ('journal' in line) checkSame(this.path, line.settings, settings)
    else if ('started' in line) this.#runs += 1
    else if ('read' in line) this.#readings.set(line.read, undefined)
    else if ('unread' in line) this.#readings.set(line.unread, line.failed)
    else if ('seen' in line) {
      const places = this.#seen.get(line.method) ?? new Map<number, Span>()
      this.#seen.set(line.method, places.set(line.seen, span))
    } else if (line.block === this.#blocks.length && Array.isArray(line.samples)) this.#blocks.push(line.samples)
    else throw new Error('it is no line of a journal')
  }

  #readLine([start, length]: Span): Extract<Line, {seen: number}> {
    const bytes = Buffer.alloc(length)
    readSync(this.file, bytes, 0, length, start)
    return JSON.parse(bytes.toString('utf8'))
  }
}

function checkSame(path: string, there: JournalSettings, here: JournalSettings): void {
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])]
  const differing = names.filter((name) => (here[name] ?? null) !== (there[name] ?? null))
  if (differing.length === 0) return
  const parts = differing.map((name) => `${name} is ${shown(here[name])} here, but ${shown(there[name])} there`)
  throw new UsageError(`The journal ${path} is of another bench: ${parts.join('; ')}.`, {
    code: 'resume-mismatch',
    suggestions: ['Repeat the command exactly, with --resume added.', 'Leave --resume out to begin anew.'],
  })
}

function shown(value: string | number | null | undefined): string {
  const text = String(value ?? 'none')
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

function openFile(path: string): number {
  try {
    return openLineFile(path)
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

function cannotWrite(path: string, error: unknown): UsageError {
  return new UsageError(`The journal ${path} cannot be written: ${messageOf(error)}.`, {
    code: 'write-failed',
    suggestions: ['Name a file in a folder you may write to, with --journal.'],
    cause: error,
  })
}

function damaged(path: string, line: number, reason: string): ModelError {
  return new ModelError(`The journal ${path} is damaged in line ${line}: ${reason}.`, {
    code: 'journal-damaged',
    suggestions: ['Leave --resume out to begin anew.'],
  })
}
