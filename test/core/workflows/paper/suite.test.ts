import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test, vi} from 'vitest'
import {InterruptedError} from '../../../../src/core/base/errors.js'
import {spreadOf} from '../../../../src/core/metrics/spread.js'
import {runBench} from '../../../../src/core/workflows/bench/bench.js'
import {loadCaptioner} from '../../../../src/core/workflows/caption/caption.js'
import {findDatasets} from '../../../../src/core/workflows/paper/data.js'
import {type PaperSuite, runPaperSuite} from '../../../../src/core/workflows/paper/suite.js'
import {lastingFolder, PaperFolder, removeFolders} from './data.js'

const QUICK = {
  model: 'test/fixtures/clip/patch16-f32',
  device: 'cpu',
  runs: 1,
  seconds: 0,
  warmup: 0,
  energy: false,
} as const
const CAPTIONER = 'test/fixtures/blip/captioner-f32'
const METHODS = ['intra:0.5', 'inter:0.1']
const folder = new PaperFolder()
const settings = {...QUICK, data: folder.root, methods: METHODS, captionModel: CAPTIONER, batches: [1, 2]}
const warnings: string[] = []
let result: PaperSuite

beforeAll(async () => {
  vi.stubEnv('VWT_HOME', lastingFolder())
  await Promise.all([folder.waterbirds(36), folder.openImages(5), folder.nocaps(6)])
  result = await runPaperSuite({...settings, onWarning: (text) => warnings.push(text)})
}, 240_000)

afterAll(() => {
  vi.unstubAllEnvs()
  removeFolders()
})

test('data sets are found by their files, at two depths, and the others are named with their source', async () => {
  const found = await findDatasets(folder.root)
  expect(found.map(({layout, folder: place}) => [layout.name, place])).toEqual([
    ['waterbirds', join(folder.root, 'waterbirds')],
    ['openimages-rare', join(folder.root, 'tags/openimages_rare_200')],
    ['nocaps', join(folder.root, 'nocaps')],
  ])
  const missing = new Map(result.paper.missing.map(({what, cure}) => [what, cure]))
  expect([...missing.keys()]).toEqual([
    'CelebA',
    'MetaShift',
    'Open Images v6, common tags',
    'COCO captions, Karpathy split',
    '10,000 general words',
  ])
  expect(missing.get('CelebA')).toContain('https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html')
})

test('Table 2: for each seed the accuracy that a bench of that split has, and their mean and deviation', async () => {
  const {rows} = result.paper.accuracy.find(({dataset}) => dataset === 'waterbirds')!
  expect(rows.map(({method, words}) => [method, words])).toEqual([
    ['base', null],
    ['intra:0.5', null],
    ['inter:0.1', 100],
    ['inter:0.1', 1000],
  ])
  expect(rows.every(({runs}) => runs.map(({seed}) => seed).join() === '1,2,3')).toBe(true)
  for (const seed of [2]) {
    const bench = await runBench({
      ...QUICK,
      data: join(folder.root, 'waterbirds'),
      split: `test:${seed}`,
      methods: METHODS,
      vocab: 'photos-1000',
    })
    for (const method of ['base', ...METHODS]) {
      const {runs} = rows.findLast((row) => row.method === method)!
      const {accuracy, tokens} = bench.rows.find((row) => row.method === method)!
      expect(runs[seed - 1]).toEqual({
        seed,
        images: 12,
        tokens: tokens.mean,
        average: accuracy!.top1,
        worstGroup: accuracy!.worstGroup,
        map: accuracy!.map,
      })
    }
  }
  for (const {average, worstGroup, map, runs} of rows) {
    expect([average, worstGroup, map]).toEqual([
      spreadOf(runs.map((run) => run.average)),
      spreadOf(runs.map((run) => run.worstGroup!)),
      null,
    ])
  }
})

test('Table 2: tags have mean average precision, of one run', async () => {
  const {rows} = result.paper.accuracy.find(({dataset}) => dataset === 'openimages-rare')!
  const bench = await runBench({...QUICK, data: join(folder.root, 'tags/openimages_rare_200'), methods: METHODS})
  for (const {method, words, average, worstGroup, map, runs} of rows) {
    expect([average, worstGroup, runs.map(({seed}) => seed)]).toEqual([null, null, [null]])
    if (words !== 1000) expect(map).toBe(bench.rows.find((row) => row.method === method)!.accuracy!.map)
  }
})

test('Table 1: words of the train split beside general ones; more words leave fewer patches alone', () => {
  expect(result.paper.lengths.map(({dataset, images, full}) => [dataset, images, full])).toEqual([
    ['waterbirds', 12, 17],
    ['openimages-rare', 5, 17],
    ['nocaps', 6, 17],
  ])
  const rowsOf = (dataset: string) => result.paper.lengths.find((set) => set.dataset === dataset)!.rows
  expect(rowsOf('waterbirds').map(({domain, words}) => `${domain} ${words}`)).toEqual([
    'in-domain 100',
    'in-domain 1000',
    'general 100',
    'general 1000',
  ])
  expect(rowsOf('nocaps').map(({domain}) => domain)).toEqual(['general', 'general'])
  for (const {tokens} of result.paper.lengths.flatMap(({rows}) => rows)) {
    expect(tokens.min).toBeGreaterThanOrEqual(2)
    expect(tokens.max).toBeLessThanOrEqual(17)
  }
  const [learned] = rowsOf('waterbirds')
  expect(learned!.vocab).toMatch(/^waterbirds-train12-100-[0-9a-f]{8}$/)
  expect(existsSync(join(process.env.VWT_HOME!, 'vocab', `${learned!.vocab}.safetensors`))).toBe(true)
  // Lengths do not depend on the seed of a split, nor on the encoder: those of the survey of the same images.
  const {rows} = result.paper.accuracy.find(({dataset}) => dataset === 'openimages-rare')!
  const surveyed = rows.filter(({method}) => method === 'inter:0.1').map(({tokens}) => tokens)
  expect(rowsOf('openimages-rare').map(({tokens}) => tokens.mean)).toEqual(surveyed)
})

test('Table 3: tokens of the captioner, scores of all images and of each domain', async () => {
  const [{dataset, rows}] = result.paper.captions as [PaperSuite['paper']['captions'][number]]
  expect([dataset, rows.map(({method, words, images}) => [method, words, images])]).toEqual([
    'nocaps',
    [
      ['base', null, 6],
      ['intra:0.5', null, 6],
      ['inter:0.1', 100, 6],
      ['inter:0.1', 1000, 6],
    ],
  ])
  expect(rows.slice(0, 2).map(({tokens}) => tokens)).toEqual([17, 9])
  for (const {domains, bleu4, cider} of rows) {
    expect(Object.entries(domains!).map(([name, {images}]) => [name, images])).toEqual([
      ['in-domain', 2],
      ['near-domain', 2],
      ['out-domain', 2],
    ])
    expect(bleu4).toBeGreaterThanOrEqual(0)
    expect(cider).toBeGreaterThanOrEqual(0)
  }
})

test('Table 3: captions that are the references score as such', async () => {
  const own = new PaperFolder()
  await own.nocaps(3)
  const captioner = await loadCaptioner({model: CAPTIONER, device: 'cpu'})
  const images = []
  const annotations = []
  for (const id of [0, 1, 2]) {
    const {caption} = await captioner.captionOne(join(own.root, `nocaps/val/${id}.png`))
    images.push({id, file_name: `${id}.png`, domain: 'in-domain'})
    annotations.push({image_id: id, caption})
  }
  await captioner.release()
  own.text('nocaps/nocaps_val_4500_captions.json', JSON.stringify({images, annotations}))
  const {paper} = await runPaperSuite({...settings, data: own.root, methods: ['base'], batches: [1]})
  const words = annotations[0]!.caption.split(' ').length
  expect(words).toBeGreaterThanOrEqual(4)
  expect(paper.captions[0]!.rows[0]!.bleu4).toBeCloseTo(1, 6)
})

test('the batch figure is a bench of all methods at each batch size', () => {
  expect(result.data.name).toContain('waterbirds, test')
  expect(result.rows.map(({method, batch}) => `${method} ${batch}`)).toEqual([
    'base 1',
    'intra:0.5 1',
    'inter:0.1 1',
    'base 2',
    'intra:0.5 2',
    'inter:0.1 2',
  ])
})

test("a model of another size than the paper's is told once for each model", () => {
  expect(warnings.filter((text) => text.includes("the paper's 224"))).toHaveLength(1)
  expect(warnings.filter((text) => text.includes("the paper's 384"))).toHaveLength(1)
})

test('what was stopped goes on from the journals, and the tables are the same', async () => {
  const own = new PaperFolder()
  await own.waterbirds(12)
  const short = {...settings, data: own.root, methods: ['intra:0.5'], batches: [1]}
  const journal = join(lastingFolder(), 'paper.journal')
  const controller = new AbortController()
  const stopped = runPaperSuite({
    ...short,
    journal,
    signal: controller.signal,
    onProgress: (_done, _total, what) => {
      if (what.startsWith('Waterbirds, seed 2: intra')) controller.abort()
    },
  })
  await expect(stopped).rejects.toThrow(InterruptedError)
  await expect(stopped).rejects.toThrow(`is kept in files ${journal}.`)
  expect([1, 2, 3].map((seed) => existsSync(`${journal}.waterbirds.${seed}.plain`))).toEqual([true, true, false])
  const before = readFileSync(`${journal}.waterbirds.1.plain`, 'utf8')
  const resumed = await runPaperSuite({...short, journal, resume: true})
  expect(readFileSync(`${journal}.waterbirds.1.plain`, 'utf8').slice(before.length)).not.toContain('"seen"')
  expect(resumed.paper).toEqual((await runPaperSuite(short)).paper)
  expect(resumed.journals).toEqual([
    ...[1, 2, 3].map((seed) => `${journal}.waterbirds.${seed}.plain`),
    `${journal}.batches`,
  ])
})

test('going on needs to know where from, before the hours of work', async () => {
  const failure = runPaperSuite({...settings, resume: true})
  await expect(failure).rejects.toMatchObject({code: 'resume-without-journal'})
})

test('a damaged data set is told and left out', async () => {
  const torn = new PaperFolder()
  await torn.openImages(3)
  torn.text('waterbirds/metadata.csv', 'img_filename,y,split,place\na.png,7,2,0\n')
  const {paper} = await runPaperSuite({...settings, data: torn.root, methods: ['base'], batches: [1]})
  expect(paper.datasets.map(({name}) => name)).toEqual(['openimages-rare'])
  expect(paper.missing).toContainEqual(
    expect.objectContaining({what: 'Waterbirds', reason: expect.stringContaining('y in line 2 of')}),
  )
})

for (const [title, options, code, message] of [
  ['no folder', {}, 'data-missing', /needs --data/],
  [
    'a folder without any',
    {data: 'examples'},
    'data-missing',
    /examples should hold folders with data sets .*Waterbirds.* none/,
  ],
  [
    'labels',
    {data: 'examples', labels: ['a', 'b']},
    'suite-decides',
    /its own images, labels and words, but is given labels/,
  ],
] as const) {
  test(`${title} is refused`, async () => {
    const failure = runPaperSuite(options)
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toMatchObject({code})
  })
}
