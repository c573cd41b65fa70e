/** Reads the JSON files of a model folder, and their fields one by one, each checked and named when it is wrong. */
import {readFile, stat} from 'node:fs/promises'
import {basename} from 'node:path'
import {ModelError, messageOf} from '../base/errors.js'

export type JsonObject = Readonly<Record<string, unknown>>

/** Configs have kilobytes; a tokenizer of a large vocabulary has some ten megabytes. */
const MAX_JSON_BYTES = 64 * 1024 * 1024
const FETCH_AGAIN = ['Fetch the file again; an interrupted download is the usual cause.']

/** @throws {ModelError} the file is missing, too large, or not a JSON object. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const value = await readJson(path)
  if (isObject(value)) return value
  throw new ModelError(`${path} should hold a JSON object, but holds another value.`, {
    code: 'model-json',
    suggestions: FETCH_AGAIN,
  })
}

async function readJson(path: string): Promise<unknown> {
  try {
    const {size} = await stat(path)
    if (size > MAX_JSON_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_JSON_BYTES}`)
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw missing
      ? new ModelError(`A model folder should hold ${basename(path)}, but ${path} does not exist.`, {
          code: 'model-file-missing',
          suggestions: ['Name the folder that holds config.json and model.safetensors, or fetch it again.'],
          cause: error,
        })
      : new ModelError(`${path} should be a JSON file, but is not: ${messageOf(error)}.`, {
          code: 'model-json',
          suggestions: FETCH_AGAIN,
          cause: error,
        })
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One object of a config, with its place for messages. A key that is absent takes the default. */
export class Fields {
  /** @param file path of the JSON file. @param section key of the object inside it; empty for the whole. */
  constructor(
    readonly file: string,
    readonly section: string,
    readonly values: JsonObject,
  ) {}

  /** A whole number from 1 to `max`. */
  count(key: string, fallback: number, max = 1_000_000): number {
    const value = this.#value(key, fallback)
    if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max) return value as number
    throw this.wrong(key, `a whole number from 1 to ${max}`)
  }

  /** A number above 0. */
  positive(key: string, fallback: number): number {
    const value = this.#value(key, fallback)
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
    throw this.wrong(key, 'a number above 0')
  }

  choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = this.#value(key, fallback)
    const found = choices.find((choice) => choice === value)
    if (found !== undefined) return found
    throw this.wrong(key, `one of ${choices.join(', ')}`)
  }

  /** A pixel length, given as one number or as a square `[n, n]`. */
  side(key: string, fallback: number): number {
    const value = this.#value(key, fallback)
    const sides: unknown[] = Array.isArray(value) ? value : [value, value]
    const [height, width] = sides
    if (sides.length === 2 && height === width && Number.isInteger(height) && inPixelRange(height as number)) {
      return height as number
    }
    throw this.wrong(key, 'one length of 1 to 16384 pixels, the same in height and width')
  }

  /** The error for a field that is not what it should be. */
  wrong(key: string, expected: string): ModelError {
    const name = this.section ? `${this.section}.${key}` : key
    const value = JSON.stringify(this.values[key]) ?? 'missing'
    return new ModelError(`${name} in ${this.file} should be ${expected}, but is ${value}.`, {
      code: 'model-config',
      suggestions: ["Compare the file with the one on the model's page, or take a model that vwt runs."],
    })
  }

  #value(key: string, fallback: unknown): unknown {
    return Object.hasOwn(this.values, key) ? this.values[key] : fallback
  }
}

function inPixelRange(length: number): boolean {
  return length >= 1 && length <= 16_384
}
