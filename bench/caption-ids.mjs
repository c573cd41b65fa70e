// Token ids of captions against transformers' generate with a full-size folder: greedy and three beams, all settings.
//
//   npm run build
//   python bench/make_full_blip.py FOLDER --vocab bert-base-uncased-vocab.txt
//   python bench/caption_ids_reference.py FOLDER PHOTOS OUT
//   node bench/caption-ids.mjs FOLDER OUT [--threads N]
//
// Ends with status 1 unless ids and texts are equal and scores within 1e-4 of their size, but for captions in which the reference once chose
// between two sums less than 1e-4 apart: there rounding decides, in PyTorch as here, and random weights, which like to
// repeat themselves, sum the same words in other orders. What differs is shown with its gap.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {readSafetensorsHeader, readTensor} from '../dist/core/weights/safetensors.js'
import {loadCaptioner} from '../dist/core/workflows/caption/caption.js'
import {printMachine} from './machine.mjs'
import {printTable, usage} from './measure.mjs'

const SCORE_GOAL = 1e-4
/** Sums closer than this are told apart by rounding alone. */
const ROUNDING = 1e-4
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {threads: {type: 'string', default: String(allowedThreads())}},
})
if (positionals.length !== 2) usage('node bench/caption-ids.mjs FOLDER OUT (see the head of this file)')
const [folder, out] = positionals
const {versions, cases} = JSON.parse(readFileSync(join(out, 'captions.json'), 'utf8'))
const span = (await readSafetensorsHeader(join(out, 'inputs.safetensors'))).tensors.get('pixel_values')
const pixels = await readTensor(span)
const dims = [1, ...span.shape.slice(1)]
const length = dims.reduce((product, dim) => product * dim)
printMachine()
process.stdout.write(`The reference is ${versions}.\n\n`)
const captioner = await loadCaptioner({model: folder, device: 'cpu', threads: Number(values.threads)})
const outcomes = []
for (const {photo, settings, prompt, ids, text, score, gap} of cases) {
  const data = pixels.slice(photo * length, (photo + 1) * length)
  const {captions} = await captioner.captionPixels({type: 'float32', dims, data}, [photo], {...settings, prompt})
  const [{ids: own, caption, score: ownScore}] = captions
  const outcome = {
    beams: settings.beams,
    same: own.join() === ids.join() && caption === text,
    apart: score === null ? 0 : Math.abs(ownScore - score) / Math.max(1, Math.abs(score)),
    gap,
  }
  outcomes.push(outcome)
  if (!outcome.same)
    process.stderr.write(`${photo} ${JSON.stringify(settings)}, gap ${gap}:\n  ${text}\n  ${caption}\n`)
}
await captioner.release()
const rows = [1, 3].map((beams) => {
  const own = outcomes.filter((outcome) => outcome.beams === beams)
  const decided = own.filter(({gap}) => gap >= ROUNDING)
  const share = (list) => `${list.filter(({same}) => same).length} of ${list.length}`
  return [
    beams === 1 ? 'greedy' : `${beams} beams`,
    share(own),
    share(decided),
    Math.max(...own.filter(({same}) => same).map(({apart}) => apart)).toExponential(1),
    Math.min(...own.map(({gap}) => gap)).toExponential(1),
  ]
})
printTable(
  [
    'search',
    'ids and text identical',
    'the same where rounding did not decide',
    'scores apart at most',
    'smallest gap',
  ],
  rows,
)
const texts = new Set(cases.map(({text}) => text)).size
process.stdout.write(`${texts} different texts among ${cases.length}.\n`)
const isRight = ({same, apart, gap}) => (same ? apart < SCORE_GOAL : gap < ROUNDING)
if (!outcomes.every(isRight)) process.exitCode = 1
