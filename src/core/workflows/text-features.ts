/** Label texts as unit embeddings, computed once: kept in memory and, by the hash of model and texts, on disk. */
import {createHash} from 'node:crypto'
import {mkdir, readFile, rename, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {ModelError} from '../base/errors.js'
import {cacheFolder} from '../base/places.js'
import {normalizeRows} from '../metrics/vectors.js'
import {writeClipText} from '../models/clip.js'
import {endPosition} from '../models/clip-config.js'
import type {ModelFolder} from '../models/folder.js'
import {loadTokenizer, type Tokenizer} from '../models/tokenizer.js'
import {openSession} from '../runtime/session.js'
import {explainNonFinite} from './non-finite.js'

/** Texts in one run of the text tower: bounds memory, not results. */
const TEXTS_PER_RUN = 64

export type TextOptions = {
  readonly threads?: number | undefined
  readonly onWarning?: ((message: string) => void) | undefined
}

export class TextEncoder {
  readonly #memory = new Map<string, Promise<Float32Array[]>>()
  #tokenizer: Promise<Tokenizer> | undefined
  #fingerprint: Promise<string> | undefined

  constructor(
    readonly folder: ModelFolder<'clip'>,
    private readonly options: TextOptions = {},
  ) {}

  /**
   * @returns one embedding of length 1 per text, `[projection]` each. The text tower is opened only when the texts are
   *   new to this machine, and closed again.
   */
  encode(texts: readonly string[]): Promise<Float32Array[]> {
    const key = JSON.stringify(texts)
    const known = this.#memory.get(key)
    if (known) return known
    const features = this.encodeNew(texts)
    this.#memory.set(key, features)
    features.catch(() => this.#memory.delete(key))
    return features
  }

  private async encodeNew(texts: readonly string[]): Promise<Float32Array[]> {
    const encoded = await this.tokenize(texts)
    const place = await this.cachePlace(texts)
    const width = this.folder.config.projectionDim
    const cached = await readCache(place, texts.length * width)
    const flat = cached ?? (await this.runTower(encoded))
    if (!cached) await writeCache(place, flat)
    return texts.map((_, index) => flat.subarray(index * width, (index + 1) * width))
  }

  /** Token ids of all texts; says which words the model has never seen and which texts are too long. */
  private async tokenize(texts: readonly string[]): Promise<number[][]> {
    this.#tokenizer ??= loadTokenizer(this.folder.tokenizerFile, {maxLength: this.folder.config.text.maxPositions})
    const tokenizer = await this.#tokenizer
    return texts.map((text) => {
      const {ids, unknown, truncated, fullLength} = tokenizer.encode(text)
      this.checkIds(ids)
      if (unknown.length > 0) {
        this.options.onWarning?.(
          `${this.folder.name} does not know ${unknown.map((word) => `"${word}"`).join(', ')} in "${shorten(text)}": the score of that label means little.`,
        )
      }
      if (truncated) {
        this.options.onWarning?.(
          `"${shorten(text)}" is ${fullLength} tokens long, but ${this.folder.name} reads ${tokenizer.maxLength}: the rest was left out.`,
        )
      }
      return [...ids]
    })
  }

  /** Ids are rows of the embedding table. @throws {ModelError} the tokenizer belongs to a model with more of them. */
  private checkIds(ids: readonly number[]): void {
    const {tokenizerFile, config} = this.folder
    const beyond = ids.find((id) => id >= config.text.vocabSize)
    if (beyond === undefined) return
    throw new ModelError(
      `${tokenizerFile} should give ids below ${config.text.vocabSize}, the vocab_size of the config, but gives ${beyond}.`,
      {code: 'model-tokenizer', suggestions: ['Take tokenizer.json and config.json from the same model.']},
    )
  }

  private async runTower(rows: readonly number[][]): Promise<Float32Array> {
    const {weights, config} = this.folder
    const {padId} = await this.#tokenizer!
    const {threads} = this.options
    const session = await openSession(
      writeClipText(weights, config, {dialect: 'fused'}),
      threads === undefined ? {} : {threads},
    )
    const flat = new Float32Array(rows.length * config.projectionDim)
    try {
      for (let first = 0; first < rows.length; first += TEXTS_PER_RUN) {
        const part = rows.slice(first, first + TEXTS_PER_RUN)
        const length = Math.max(...part.map((ids) => ids.length))
        const ends = part.map((ids) => endPosition(ids, config.text))
        const padded = part.flatMap((ids) => [...ids, ...new Array<number>(length - ids.length).fill(padId)])
        const {text_embeds} = await session.run({
          input_ids: {type: 'int64', dims: [part.length, length], data: BigInt64Array.from(padded, BigInt)},
          end_positions: {type: 'int64', dims: [part.length], data: BigInt64Array.from(ends, BigInt)},
        })
        flat.set(text_embeds!.data as Float32Array, first * config.projectionDim)
      }
    } finally {
      await session.release()
    }
    if (!flat.every(Number.isFinite)) await explainNonFinite(this.folder)
    normalizeRows(flat, config.projectionDim)
    return flat
  }

  private async cachePlace(texts: readonly string[]): Promise<string> {
    this.#fingerprint ??= fingerprint(this.folder)
    const hash = createHash('sha256')
      .update(await this.#fingerprint)
      .update(JSON.stringify(texts))
      .digest('hex')
    return join(cacheFolder(), 'text', `${hash.slice(0, 40)}.f32`)
  }
}

/** Changes with anything the embeddings depend on; weights by size and time, since hashing them would take longer than the tower. */
async function fingerprint({weights, config, tokenizerFile}: ModelFolder<'clip'>): Promise<string> {
  const hash = createHash('sha256').update('vwt-text/1').update(JSON.stringify(config))
  hash.update(await readFile(tokenizerFile))
  for (const file of weights.files) {
    const {size, mtimeMs} = await stat(file)
    hash.update(`${file} ${size} ${mtimeMs}`)
  }
  return hash.digest('hex')
}

async function readCache(place: string, length: number): Promise<Float32Array | undefined> {
  const bytes = await readFile(place).catch(() => undefined)
  if (bytes?.byteLength !== length * Float32Array.BYTES_PER_ELEMENT) return undefined
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return values.every(Number.isFinite) ? values : undefined
}

/** A cache that cannot be written costs time, nothing else. */
async function writeCache(place: string, values: Float32Array): Promise<void> {
  try {
    await mkdir(join(place, '..'), {recursive: true})
    const partial = `${place}.${process.pid}`
    await writeFile(partial, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    await rename(partial, place)
  } catch {}
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`
}
