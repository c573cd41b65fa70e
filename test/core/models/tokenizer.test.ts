import {copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {loadTokenizer} from '../../../src/core/models/tokenizer.js'

const CLIP = resolve('test/fixtures/tokenizer/tokenizer.json')
const WORDS = resolve('test/fixtures/clip/patch16-f32/tokenizer.json')
/** Ids by Python's tokenizers, see make_golden.py. */
const golden = JSON.parse(readFileSync('test/fixtures/tokenizer/golden.json', 'utf8')) as Array<{
  text: string
  clip: number[]
  words: number[]
}>

test('byte-pair ids are those of the original, for letters, signs and scripts of all kinds', async () => {
  const tokenizer = await loadTokenizer(CLIP, {maxLength: 77})
  expect(golden.length).toBeGreaterThan(60)
  for (const {text, clip} of golden) expect(tokenizer.encode(text).ids, JSON.stringify(text)).toEqual(clip)
  expect(tokenizer).toMatchObject({bosId: 1312, eosId: 1313, padId: 1313, maxLength: 77})
})

test('whole-word ids are those of the original', async () => {
  const tokenizer = await loadTokenizer(WORDS, {maxLength: 24})
  for (const {text, words} of golden) expect(tokenizer.encode(text).ids, JSON.stringify(text)).toEqual(words)
  expect(tokenizer).toMatchObject({bosId: 2, eosId: 3, padId: 0})
})

test('words that are not in the vocabulary are named as written, each once', async () => {
  const tokenizer = await loadTokenizer(WORDS, {maxLength: 24})
  expect(tokenizer.encode('The Quokka, the cat & the Quokka').unknown).toEqual(['Quokka', '&'])
  expect(tokenizer.encode('the cat').unknown).toEqual([])
})

test('a byte-level tokenizer knows every word, even one that names the end token', async () => {
  const tokenizer = await loadTokenizer(CLIP, {maxLength: 77})
  expect(tokenizer.encode('Quokka 😀 <|endoftext|>').unknown).toEqual([])
})

test('a text one token too long loses its last word and keeps its end', async () => {
  const tokenizer = await loadTokenizer(WORDS, {maxLength: 5})
  expect(tokenizer.encode('a red dog')).toMatchObject({ids: [2, 4, 19, 34, 3], truncated: false, fullLength: 5})
  expect(tokenizer.encode('a red dog .')).toMatchObject({ids: [2, 4, 19, 34, 3], truncated: true, fullLength: 6})
})

/** A folder with this tokenizer.json, the word tokenizer's with changes. */
function changed(change: object, config?: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'vwt-tokenizer-'))
  onTestFinished(() => rmSync(folder, {recursive: true, force: true}))
  const original = JSON.parse(readFileSync(WORDS, 'utf8')) as object
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({...original, ...change}))
  if (config) writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
  return join(folder, 'tokenizer.json')
}

test('tokens given as objects, as in the folders of 2021, are understood', async () => {
  const token = (content: string) => ({__type: 'AddedToken', content, lstrip: false, normalized: true})
  const file = changed({}, {bos_token: token('[BOS]'), eos_token: token('[EOS]'), pad_token: token('[PAD]')})
  expect(await loadTokenizer(file, {maxLength: 24})).toMatchObject({bosId: 2, eosId: 3, padId: 0})
})

test('without tokenizer_config.json the end token pads', async () => {
  expect(await loadTokenizer(changed({}), {maxLength: 24})).toMatchObject({eosId: 3, padId: 3})
})

for (const [title, change, message] of [
  ['no model', {model: null}, /tokenizer.json should describe a tokenizer, but has no "model"/],
  [
    'a kind of model the package lacks',
    {model: {type: 'WordLevel', vocab: {}}},
    /type BPE, WordPiece, Unigram, but has "WordLevel"/,
  ],
  ['a step the package lacks', {pre_tokenizer: {type: 'Morse'}}, /tokenizer.json cannot be used: .*Morse/],
  ['no start and end of text', {post_processor: null}, /one token before and one after a text, but adds nothing/],
] as const) {
  test(`a tokenizer with ${title} is refused`, async () => {
    const error: unknown = await loadTokenizer(changed(change), {maxLength: 24}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ModelError)
    expect((error as Error).message).toMatch(message)
  })
}

test('a damaged tokenizer.json is named', async () => {
  const file = changed({})
  copyFileSync(WORDS, file)
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))
  await expect(loadTokenizer(file, {maxLength: 24})).rejects.toThrow(/tokenizer.json should be a JSON file, but/)
})

type Decoding = {
  readonly special: readonly string[]
  readonly tokens: readonly string[]
  readonly cases: ReadonlyArray<{readonly ids: readonly number[]; readonly plain: string; readonly cleaned: string}>
}

/** Texts by BertTokenizer of transformers, see make_decoding.py; the tokenizer.json is that of BLIP over its pieces. */
describe('ids become the text that transformers makes of them', () => {
  const {special, tokens, cases} = JSON.parse(
    readFileSync(process.env.VWT_DECODING ?? 'test/fixtures/generation/decoding.json', 'utf8'),
  ) as Decoding
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const added = special.map((content) => ({id: vocab[content], content, special: true, normalized: false}))
  const model = {type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab}
  const frame = {
    type: 'TemplateProcessing',
    single: [{SpecialToken: {id: '[CLS]'}}, {Sequence: {id: 'A'}}, {SpecialToken: {id: '[SEP]'}}],
    special_tokens: Object.fromEntries(['[CLS]', '[SEP]'].map((id) => [id, {id, ids: [vocab[id]], tokens: [id]}])),
  }
  const decoder = {type: 'WordPiece', prefix: '##', cleanup: true}
  const load = (change: object, config?: object) =>
    loadTokenizer(changed({model, added_tokens: added, post_processor: frame, decoder, ...change}, config), {
      maxLength: 512,
    })

  test('with its spaces as they are', async () => {
    for (const tokenizer of [await load({}), await load({decoder: null}), await load({}, {do_lower_case: true})]) {
      expect(cases.length).toBeGreaterThan(100)
      for (const {ids, plain} of cases) expect(tokenizer.decode(ids), JSON.stringify(ids)).toBe(plain)
    }
  })

  test('with its spaces cleaned up where the folder asks for it', async () => {
    const tokenizer = await load({}, {clean_up_tokenization_spaces: true})
    for (const {ids, cleaned} of cases) expect(tokenizer.decode(ids), JSON.stringify(ids)).toBe(cleaned)
    expect(cases.filter(({plain, cleaned}) => plain !== cleaned).length).toBeGreaterThan(5)
  })

  test('without ids that no token has', async () => {
    const tokenizer = await load({})
    const {ids, plain} = cases[0]!
    expect(tokenizer.decode([tokens.length, ...ids, tokens.length + 7])).toBe(plain)
    expect(tokenizer.decode([])).toBe('')
  })
})
