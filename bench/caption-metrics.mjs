// Are our caption metrics those of pycocoevalcap?
//
//     node bench/caption-metrics.mjs PYTHON [SETS.jsonl]
//
// PYTHON has what caption_metrics_reference.py asks for, and Java is at hand. SETS.jsonl holds a set in each line:
// {"caption": "...", "references": ["...", ...]}; without it 1,200 sets are made up from a seed, with the slips, numbers,
// quotations and contractions of real captions. Goals: token lists equal in 99.5 % of texts; scores equal to 1e-6 over
// the same tokens, for the whole and for every image, and within 0.002 with our own tokens. Exit status 1 otherwise.
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {bleuScores} from '../dist/core/metrics/captions/bleu.js'
import {captionTokens} from '../dist/core/metrics/captions/ptb-tokens.js'
import {scoreCaptions, scoreTokens, summarizeCaptions} from '../dist/core/metrics/captions/scores.js'
import {printMachine} from './machine.mjs'

const [python, file] = process.argv.slice(2)
if (!python) throw new Error('usage: node bench/caption-metrics.mjs PYTHON [SETS.jsonl]')
const sets = file
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line))
  : madeUpSets(1200)

const folder = mkdtempSync(join(tmpdir(), 'vwt-captions-'))
const [input, output] = [join(folder, 'sets.jsonl'), join(folder, 'out.json')]
writeFileSync(input, sets.map((set) => JSON.stringify(set)).join('\n'))
const script = new URL('caption_metrics_reference.py', import.meta.url).pathname
execFileSync(python, [script, input, output], {stdio: ['ignore', 'ignore', 'ignore']})
const golden = JSON.parse(readFileSync(output, 'utf8'))
rmSync(folder, {recursive: true})

const texts = sets.flatMap(({caption, references}) => [caption, ...references])
const tokens = golden.tokens.flatMap(({caption, references}) => [caption, ...references])
const equal = texts.filter((text, index) => captionTokens(text).join(' ') === tokens[index].join(' ')).length

const images = scoreTokens(
  golden.tokens.map(({caption}) => caption),
  golden.tokens.map(({references}) => references),
)
const own = summarizeCaptions(
  scoreCaptions(
    sets.map(({caption}) => caption),
    sets.map(({references}) => references),
  ),
)
const same = summarizeCaptions(images)
const rows = [
  ...[1, 2, 3, 4].map((order) => [
    `BLEU-${order}`,
    `bleu${order}`,
    golden.bleu[order - 1],
    (image) => image.bleu[order - 1],
  ]),
  ['ROUGE-L', 'rougeL', golden.rougeL, (image) => image.rougeL],
  ['CIDEr-D', 'cider', golden.cider, (image) => image.cider],
]
const scoreOf = (image, name) => (name.startsWith('bleu') ? bleuScores(image.bleu)[Number(name[4]) - 1] : image[name])

printMachine([])
print(`${sets.length} sets, ${texts.length} texts of ${file ?? 'made-up captions'}\n`)
print('| score | pycocoevalcap | difference, same tokens | worst image | difference, own tokens |')
print('| --- | ---: | ---: | ---: | ---: |')
let missed = 0
for (const [title, name, expected, pick] of rows) {
  const whole = Math.abs(same[name] - expected)
  const worst = Math.max(...images.map((image, index) => Math.abs(scoreOf(image, name) - pick(golden.images[index]))))
  const ours = Math.abs(own[name] - expected)
  if (!(whole <= 1e-6 && worst <= 1e-6 && ours <= 0.002)) missed += 1
  print(
    `| ${title} | ${expected.toFixed(4)} | ${whole.toExponential(1)} | ${worst.toExponential(1)} | ${ours.toFixed(5)} |`,
  )
}
const share = equal / texts.length
if (share < 0.995) missed += 1
print(`\nToken lists equal: ${equal} of ${texts.length} (${(100 * share).toFixed(3)} %)`)
process.exitCode = missed === 0 ? 0 : 1

/** @param line of Markdown. */
function print(line) {
  process.stdout.write(`${line}\n`)
}

/** Sets with five references each; a caption shares some of their words. */
function madeUpSets(count) {
  let state = 7
  const below = (limit) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  const one = (items) => items[below(items.length)]
  const subjects = [
    'a man',
    'a woman',
    'two dogs',
    'the girl',
    'three red birds',
    'an old bus',
    "a boy's bike",
    'people',
    'Mr. Smith',
  ]
  const verbs = [
    'is riding',
    'stands on',
    'are sitting near',
    "isn't on",
    'looks at',
    'jumps over',
    "can't see",
    'holding',
    'are next to',
  ]
  const things = [
    'a surf board',
    'the grassy field',
    'a well-kept bench',
    'a fire hydrant',
    'a T-shirt',
    'pizza & beer',
    'a 4-wheeler',
    'his/her cell phone',
    'a "STOP" sign',
    'some (green) plants',
  ]
  const places = [
    'in the snow',
    'at night',
    'on Main St. in D.C.',
    'near the ocean',
    'at 5:30 p.m.',
    'on a sunny day',
    'in the 1950s',
    "at McDonald's",
    'by the café',
  ]
  const slips = [
    "it's",
    'and',
    ',',
    '...',
    "they're",
    '2',
    '10%',
    '$5',
    '50/50',
    "o'clock",
    'cannot',
    '-',
    '--',
    '!',
    'w/',
    'e-mail',
    "dogs'",
    "'em",
    'No. 5',
    '#1',
    '“hi”',
  ]
  const ends = ['', '.', '.', ' .', '!', '. A dog, too.']
  const sentence = () => {
    const words = [one(subjects), one(verbs), one(things), one(places)].join(' ').split(' ')
    if (below(4) === 0) words.splice(below(words.length), 0, one(slips))
    const text = words.filter(() => below(8) > 0).join(' ') + one(ends)
    return below(2) === 0 && text !== '' ? text[0].toUpperCase() + text.slice(1) : text || 'photo'
  }
  const variant = (text) =>
    below(3) === 0 ? sentence() : `${text.split(' ').slice(below(3)).join(' ')} ${one(places)}`
  return Array.from({length: count}, () => {
    const text = sentence()
    return {caption: variant(text), references: Array.from({length: 5}, () => variant(text))}
  })
}
