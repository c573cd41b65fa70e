/** Tokens and scores of pycocoevalcap with its Stanford tokeniser; `make_captions.py` made them. */
import {readFileSync} from 'node:fs'

type Scores = {readonly bleu: readonly number[]; readonly rougeL: number; readonly cider: number}

export const golden = JSON.parse(readFileSync('test/fixtures/metrics/captions.json', 'utf8')) as {
  readonly texts: readonly {readonly text: string; readonly tokens: readonly string[]}[]
  readonly sets: readonly {readonly caption: string; readonly references: readonly string[]}[]
  readonly tokens: readonly {readonly caption: readonly string[]; readonly references: readonly (readonly string[])[]}[]
  readonly images: readonly Scores[]
} & Scores
