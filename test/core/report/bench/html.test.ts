import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type BenchHtmlOptions, formatBenchHtml} from '../../../../src/core/report/bench/html.js'
import {Chromium, findChromium} from '../chromium.js'
import {fullSample, manyMethods, sampleOutcomes, sampleReport, sampleRow} from './sample.js'

const full = fullSample()
const optionsOf = ({rows}: {rows: typeof full.rows}): BenchHtmlOptions => ({outcomes: sampleOutcomes(rows)})
const pages: Readonly<Record<string, string>> = {
  full: formatBenchHtml(full, {...optionsOf(full), warnings: ['Something else was running.']}),
  many: formatBenchHtml(manyMethods(), optionsOf(manyMethods())),
  alone: formatBenchHtml(sampleReport([sampleRow('base')]), optionsOf(sampleReport([sampleRow('base')]))),
  unlabelled: formatBenchHtml(sampleReport([sampleRow('base', {top1: null}), sampleRow('q8', {top1: null, ms: 4})])),
}

/** Elements in the order they open, each closed where it has to be: a strict reading, stricter than a browser's. */
function elementsOf(page: string): {name: string; attributes: Record<string, string>}[] {
  const open: string[] = []
  const elements: {name: string; attributes: Record<string, string>}[] = []
  const VOID = new Set(['meta', 'br', 'wbr'])
  for (const [, closing, name, text, self] of page.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/gi,
  )) {
    if (closing) {
      expect(open.pop()).toBe(name)
      continue
    }
    const attributes = Object.fromEntries(
      [...text!.matchAll(/([\w:-]+)="([^"]*)"/g)].map((found) => [found[1], found[2]]),
    )
    elements.push({name: name!, attributes})
    if (!self && !VOID.has(name!)) open.push(name!)
  }
  expect(open).toEqual([])
  const rest = page.replace(/^<!doctype html>/, '').replaceAll(/<\/?[a-z][a-z0-9]*(\s+[\w:-]+="[^"<>]*")*\s*\/?>/gi, '')
  expect(rest.replaceAll(/<style>.*?<\/style>/gs, '')).not.toMatch(/</)
  return elements
}

for (const [name, page] of Object.entries(pages)) {
  test(`${name}: well formed, self-contained, and every name of an element is given once and found`, () => {
    const elements = elementsOf(page)
    expect(elements.map((element) => element.name)).not.toEqual(expect.arrayContaining(['script']))
    expect(elements.filter((element) => /^(link|img|iframe|object|image|use)$/.test(element.name))).toEqual([])
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import|\bsrc=|\bon[a-z]+="/i)
    const ids = elements.flatMap(({attributes}) => attributes.id ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    const named = elements.flatMap(({attributes}) => attributes['aria-labelledby']?.split(' ') ?? [])
    for (const id of named) expect(ids).toContain(id)
    expect(page).not.toMatch(/NaN|Infinity|undefined|\[object/)
  })

  test(`${name}: every drawing has a title and a description, and stands beside a table`, () => {
    const elements = elementsOf(page)
    const drawings = elements.filter((element) => element.name === 'svg')
    expect(drawings.length).toBeGreaterThanOrEqual(4)
    for (const {attributes} of drawings) {
      expect(attributes.role).toBe('img')
      for (const id of attributes['aria-labelledby']!.split(' ')) {
        expect(new RegExp(`id="${id}">[^<]{4,}<`).test(page)).toBe(true)
      }
    }
    expect(elements.filter((element) => element.name === 'table').length).toBeGreaterThanOrEqual(3)
  })

  test(`${name}: nothing in a drawing lies outside it`, () => {
    for (const [, width, height, content] of page.matchAll(
      /<svg [^>]*width="(\d+)" height="([\d.]+)"[^>]*>(.*?)<\/svg>/gs,
    )) {
      for (const [, axis, number] of content!.matchAll(/\s(cx|cy|x|y|x1|x2|y1|y2)="(-?[\d.]+)"/g)) {
        const value = Number(number)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(axis!.includes('x') ? Number(width) : Number(height))
      }
    }
  })
}

test('charts there are: tokens, time, energy, batches twice, intervals, stages, groups, lengths; each wide and narrow', () => {
  const ids = [...pages.full!.matchAll(/<title id="([a-z-]+)-(wide|narrow)-title">/g)].map(([, id]) => id!)
  const charts = [
    'tokens',
    'latency',
    'joules',
    'throughput',
    'batch-joules',
    'intervals',
    'stage-chart',
    'group-chart',
    'token-chart',
  ]
  expect(ids).toEqual(charts.flatMap((id) => [id, id]))
})

test('what was not measured has no chart and a reason', () => {
  expect(pages.many).toContain('There is no chart of energy: it was not measured. No meter can be read.')
  expect(pages.many).not.toContain('id="joules-wide-title"')
  expect(pages.unlabelled).toMatch(/so there is no accuracy to hold against cost/)
  expect(pages.unlabelled).not.toContain('id="tokens-wide-title"')
  expect(pages.unlabelled).not.toContain('<h2 id="lengths">')
})

test('what is needed to take it again is in it', () => {
  for (const fact of [
    '2026-01-02 03:04 UTC',
    'A Processor',
    'avx2, avx512, vnni',
    'vwt 0.1.0, onnxruntime 1.30.0, Node v22.0.0',
    '0123456789abcdef0123456789abcdef01234567',
    'aa11'.repeat(16),
    'bb22'.repeat(16),
    'cc33'.repeat(16),
    'at least 10 runs and 3 s in 10 blocks',
    'scenes, 400',
    'Something else was running.',
  ])
    expect(pages.full).toContain(fact)
})

test('text from outside stays text, wherever it comes from', () => {
  const evil = '<script>alert("1")</script>&\u0000\ud800'
  const rows = [sampleRow('base', {groups: {[evil]: 0.5}}), sampleRow('q8', {groups: {[evil]: 0.5}})]
  const report = sampleReport(rows, {
    model: evil,
    data: {
      name: evil,
      sha256: '',
      images: 1,
      failed: [{path: evil, error: {code: 'x', message: evil}}],
      labels: [evil],
    },
    gates: [{require: evil, method: evil, batch: 1, passed: false, values: {'tokens.mean': 1}}],
  })
  const page = formatBenchHtml(report, {warnings: [evil]})
  expect(page).not.toMatch(/<script|\0|\ud800(?![\udc00-\udfff])/)
  expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;␀').length).toBeGreaterThan(8)
  elementsOf(page)
})

/** Relative luminance and contrast of WCAG 2. */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const full = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1)
    const [r, g, b] = [0, 2, 4].map((at) => {
      const value = Number.parseInt(full.slice(at, at + 2), 16) / 255
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

for (const [scheme, place] of [
  ['light', 0],
  ['dark', 1],
] as const) {
  test(`${scheme}: text has a contrast of 4.5 at least, marks of 3`, () => {
    const blocks = [...pages.full!.matchAll(/:root \{[^}]*?(--paper:[^}]*)\}/g)]
    const colours = Object.fromEntries(
      [...blocks[place]![1]!.matchAll(/--([a-z0-9-]+): (#[0-9a-f]+);/g)].map((found) => [found[1], found[2]]),
    )
    const {paper, card, ink, soft, good, bad} = colours as Record<string, string>
    for (const text of [ink, soft, good, bad]) expect(contrast(text!, paper!)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(ink!, card!)).toBeGreaterThanOrEqual(4.5)
    for (const family of ['base', 'intra', 'inter', 'random', 'tome', 'q8', 'cascade', 'mixed'])
      expect(contrast(colours[family]!, paper!)).toBeGreaterThanOrEqual(3)
  })
}

const path = findChromium()

test.runIf(!path)('in a browser: left out, there is no Chromium on the path, in CHROME_PATH or in the caches', () => {
  expect(path).toBeUndefined()
})

let browser: Chromium
let folder: string | undefined
const urls: Record<string, string> = {}
beforeAll(async () => {
  if (!path) return
  folder = mkdtempSync(join(tmpdir(), 'vwt-pages-'))
  for (const [name, page] of Object.entries(pages)) {
    const file = join(folder, `${name}.html`)
    writeFileSync(file, page)
    urls[name] = pathToFileURL(file).href
  }
  browser = await Chromium.open(path)
})
afterAll(async () => {
  await browser?.close()
  if (folder) rmSync(folder, {recursive: true})
})

/** Drawings that are shown and have a size; texts of one drawing that lie on each other. */
const LOOK = `(() => {
  const shown = [...document.querySelectorAll('svg')].filter((svg) => svg.getBoundingClientRect().width > 0)
  const labels = (svg) => [...svg.querySelectorAll('.label')].map((label) => label.getBoundingClientRect())
  const touch = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3
  const collisions = shown.flatMap((svg) => labels(svg).flatMap((a, i, all) => all.slice(i + 1).filter((b) => touch(a, b))))
  const outside = shown.flatMap((svg) => labels(svg).filter((box) => box.left < -1 || box.right > innerWidth + 1))
  return {
    drawings: shown.length,
    empty: shown.filter((svg) => svg.getBBox().width < 50).length,
    collisions: collisions.length,
    outside: outside.length,
    overflow: document.documentElement.scrollWidth - innerWidth,
    paper: getComputedStyle(document.body).backgroundColor,
  }
})()`

type Look = {drawings: number; empty: number; collisions: number; outside: number; overflow: number; paper: string}

const DRAWINGS: Readonly<Record<string, number>> = {full: 9, many: 5, alone: 5, unlabelled: 2}

for (const name of Object.keys(pages)) {
  test.runIf(path)(
    `in a browser, ${name}: no complaint, all charts, no names on each other, nothing too wide`,
    async () => {
      for (const [width, scheme, scripts] of [
        [1200, 'light', true],
        [1200, 'dark', false],
        [800, 'light', true],
        [360, 'light', true],
        [360, 'dark', true],
      ] as const) {
        await browser.show(urls[name]!, {width, scheme, scripts})
        const look = (await browser.evaluate(LOOK)) as Look
        expect({width, ...look}).toMatchObject({
          width,
          drawings: DRAWINGS[name],
          empty: 0,
          collisions: 0,
          outside: 0,
          overflow: 0,
        })
        expect(look.paper).toBe(scheme === 'light' ? 'rgb(253, 253, 251)' : 'rgb(19, 20, 23)')
        expect((await browser.picture()).length).toBeGreaterThan(20_000)
      }
      expect(browser.complaints).toEqual([])
    },
  )
}

test.runIf(path)('printed, it is light whatever the reader prefers, and fits the page', async () => {
  await browser.show(urls.full!, {width: 720, scheme: 'dark', media: 'print'})
  const look = (await browser.evaluate(LOOK)) as Look
  expect(look).toMatchObject({drawings: 9, overflow: 0, paper: 'rgb(255, 255, 255)'})
  expect(Buffer.from(await browser.paper()).toString('latin1', 0, 5)).toBe('%PDF-')
})

test('what to take away: the fastest of all, and the fastest of those without a sure loss', () => {
  const against = (onlyBase: number, onlyMethod: number, pValue: number) => ({onlyBase, onlyMethod, pValue})
  const row = (method: string, ms: number, loss: ReturnType<typeof against>) => {
    const made = sampleRow(method, {ms})
    return {...made, accuracy: {...made.accuracy!, againstBase: loss}}
  }
  const page = formatBenchHtml(
    sampleReport([sampleRow('base'), row('q8', 2, against(40, 2, 1e-6)), row('tome', 4, against(9, 3, 0.146))]),
  )
  const texts = page
    .match(/<ul class="findings">.*?<\/ul>/s)![0]
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
  expect(texts).toContain('Fastest encoder 4.00× q8 (95 %: 3.81–4.21), −9.5 points of top-1')
  expect(texts).toContain('Fastest without a sure loss 2.00× tome (95 %: 1.90–2.11), −1.5 points of top-1')
  expect(pages.alone).not.toContain('class="findings"')
})
