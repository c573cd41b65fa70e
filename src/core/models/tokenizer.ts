/** Text to token ids and back, through a folder's `tokenizer.json` and Hugging Face's tokenizer package (its only door). */
import {stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {Tokenizer as Library} from '@huggingface/tokenizers'
import {checkCount} from '../base/check.js'
import {ModelError, messageOf} from '../base/errors.js'
import {isObject, type JsonObject, readJsonObject} from './fields.js'

export type EncodedText = {
  /** Start of text, the text's tokens, end of text; at most `maxLength`, not padded. */
  readonly ids: readonly number[]
  /** Words the vocabulary does not know, as written, each once; a byte-level tokenizer knows all. */
  readonly unknown: readonly string[]
  /** True when tokens before the end were left out to fit `maxLength`. */
  readonly truncated: boolean
  /** Tokens before anything was left out, start and end included. */
  readonly fullLength: number
}

export interface Tokenizer {
  encode(text: string): EncodedText
  /**
   * The text of generated ids, without special tokens, as transformers' `decode(skip_special_tokens=True)` writes it: word
   * pieces joined, spaces before punctuation cleaned where the folder asks for it. Ids without a token say nothing.
   */
  decode(ids: readonly number[]): string
  /** Starts every text. */
  readonly bosId: number
  /** Ends every text. */
  readonly eosId: number
  /** Fills rows behind the end; the same as `eosId` where the folder names no padding token. */
  readonly padId: number
  readonly maxLength: number
}

const MODEL_TYPES = ['BPE', 'WordPiece', 'Unigram']

/**
 * @param tokenizerFile path of `tokenizer.json`; `tokenizer_config.json` beside it is read when it is there.
 * @param maxLength positions of the text tower: longer texts lose tokens before the end token, as in transformers.
 * @throws {ModelError} a file is damaged, or asks for a step that the package lacks.
 */
export async function loadTokenizer(
  tokenizerFile: string,
  {maxLength}: {readonly maxLength: number},
): Promise<Tokenizer> {
  checkCount('maxLength', maxLength, {min: 3, max: 1_000_000, unit: 'tokens'})
  const definition = await readJsonObject(tokenizerFile)
  const config = await readConfig(join(dirname(tokenizerFile), 'tokenizer_config.json'))
  const library = openLibrary(definition, config, tokenizerFile)
  const frame = library.encode('').ids
  const [bosId, eosId] = frame
  if (frame.length !== 2 || bosId === undefined || eosId === undefined) {
    const found = frame.length === 0 ? 'adds nothing' : `adds ${frame.length} tokens`
    throw broken(tokenizerFile, `should put one token before and one after a text, but ${found}.`)
  }
  const prepare = lowercases(definition.normalizer) ? withoutFinalSigma : (text: string) => text
  const unknownId = unknownIdOf(definition, library, eosId)
  return {
    bosId,
    eosId,
    padId: tokenId(library, config.pad_token) ?? eosId,
    maxLength,
    encode(text) {
      const all = library.encode(prepare(text)).ids
      const truncated = all.length > maxLength
      return {
        ids: truncated ? [...all.slice(0, maxLength - 1), eosId] : all,
        unknown: all.includes(unknownId)
          ? unknownWords(text, (word) => library.encode(prepare(word)).ids, unknownId)
          : [],
        truncated,
        fullLength: all.length,
      }
    },
    decode(ids) {
      const known = ids.filter((id) => library.id_to_token(id) !== undefined)
      if (known.length === 0) return ''
      // The package cleans up unless told otherwise, transformers only when the folder says so.
      const clean_up_tokenization_spaces = config.clean_up_tokenization_spaces === true
      return library.decode(known, {skip_special_tokens: true, clean_up_tokenization_spaces})
    },
  }
}

async function readConfig(path: string): Promise<JsonObject> {
  const there = await stat(path).catch(() => undefined)
  return there ? readJsonObject(path) : {}
}

function openLibrary(definition: JsonObject, config: JsonObject, file: string): Library {
  if (!isObject(definition.model)) throw broken(file, 'should describe a tokenizer, but has no "model".')
  const {type} = definition.model
  // The package takes any other kind for one of these and gives wrong ids without a word.
  if (type !== undefined && !MODEL_TYPES.includes(type as string)) {
    throw broken(file, `should have a model of type ${MODEL_TYPES.join(', ')}, but has ${JSON.stringify(type)}.`)
  }
  try {
    return new Library(withDecoder(definition, definition.model), config)
  } catch (error) {
    throw broken(file, `cannot be used: ${messageOf(error)}.`)
  }
}

/** Word pieces are joined as BertTokenizer of transformers joins them, also where the file does not say how. */
function withDecoder(definition: JsonObject, model: JsonObject): JsonObject {
  if (isObject(definition.decoder) || model.type !== 'WordPiece') return definition
  return {...definition, decoder: {type: 'WordPiece', prefix: model.continuing_subword_prefix ?? '##', cleanup: true}}
}

/** -1, which no token has, when nothing can be unknown: CLIP's own tokenizer names its end token for it. */
function unknownIdOf(definition: JsonObject, library: Library, eosId: number): number {
  const id = tokenId(library, (definition.model as JsonObject).unk_token)
  return id === undefined || id === eosId ? -1 : id
}

/** @param token text of a token, or an object with it as `content`; both forms are found in the wild. */
function tokenId(library: Library, token: unknown): number | undefined {
  const text = isObject(token) ? token.content : token
  return typeof text === 'string' ? library.token_to_id(text) : undefined
}

function unknownWords(text: string, idsOf: (word: string) => readonly number[], unknownId: number): string[] {
  const words = text.match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? []
  return [...new Set(words)].filter((word) => idsOf(word).includes(unknownId))
}

function lowercases(normalizer: unknown): boolean {
  if (!isObject(normalizer)) return false
  if (Array.isArray(normalizer.normalizers)) return normalizer.normalizers.some(lowercases)
  return normalizer.type === 'Lowercase' || (normalizer.type === 'BertNormalizer' && normalizer.lowercase !== false)
}

/** JavaScript writes a sigma that ends a word as ς when it lowers case; the original lowers each letter alone. */
function withoutFinalSigma(text: string): string {
  return text.replaceAll('Σ', 'σ')
}

function broken(file: string, text: string): ModelError {
  return new ModelError(`${file} ${text}`, {
    code: 'model-tokenizer',
    suggestions: [
      "Save the tokenizer again with transformers: AutoTokenizer.from_pretrained('…').save_pretrained('folder').",
    ],
  })
}
