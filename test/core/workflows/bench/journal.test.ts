import {appendFileSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BenchJournal, journalPath, removeJournal} from '../../../../src/core/workflows/bench/journal.js'
import {temporaryFolder} from '../../weights/files.js'

const SETTINGS = {methods: 'base tome', seed: 0, vocab: null}
const path = () => join(temporaryFolder(), 'deep', 'bench.json.journal')
const resume = (file: string, settings = SETTINGS) => BenchJournal.open(file, settings, {resume: true})
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n')
const failed = {path: 'b.png', error: {code: 'image-damaged', message: 'It is torn.'}}
const turn = {
  method: 'base',
  batch: 1,
  block: 0,
  turn: 0,
  encoderMs: [1.25, 0.1],
  endToEndMs: [3],
  decodeMs: [1],
  preprocessMs: [1],
  encodeMs: [1],
  headMs: [],
}

/** Two images read, one not; base has seen one, tome none; one block. */
function written(): string {
  const file = path()
  const journal = BenchJournal.open(file, SETTINGS)
  journal.noteReading(0, undefined)
  journal.noteReading(1, failed)
  journal.noteReading(2, undefined)
  // Values that decimal text would round, and a view into a longer buffer.
  const embedding = new Float32Array([9, 1 / 3, 1e-42, -0, 3.4e38]).subarray(1)
  journal.noteOutcome('base', 2, {tokens: 17, embedding})
  journal.noteOutcome('base', 0, {tokens: 9, caption: 'a “bird”\non water'})
  journal.noteBlock(0, [turn])
  journal.close()
  return file
}

test('what was written comes back, embeddings to the bit', () => {
  const journal = resume(written())
  expect(journal.resumed).toEqual({runs: 1, images: 2, blocks: 1})
  expect([0, 1, 2, 3].map((place) => journal.reading(place))).toEqual([
    {failed: undefined},
    {failed},
    {failed: undefined},
    undefined,
  ])
  const {tokens, embedding} = journal.outcome('base', 2)!
  expect(tokens).toBe(17)
  expect([...new Uint32Array(embedding!.buffer)]).toEqual([
    ...new Uint32Array(new Float32Array([1 / 3, 1e-42, -0, 3.4e38]).buffer),
  ])
  expect(journal.outcome('base', 0)).toEqual({tokens: 9, caption: 'a “bird”\non water'})
  expect([journal.outcome('base', 1), journal.outcome('tome', 0)]).toEqual([undefined, undefined])
  expect(journal.blocks).toEqual([[turn]])
  journal.close()
})

test('cut off anywhere, what stands in whole lines is there, and the file goes on without a scar', () => {
  const whole = readFileSync(written())
  const ends = [...whole.keys()].filter((at) => whole[at] === 10).flatMap((at) => [at - 1, at, at + 1])
  for (const length of new Set([0, 1, 30, ...ends, ...Array.from({length: 20}, (_, part) => part * 37)])) {
    const file = join(temporaryFolder(), 'journal')
    writeFileSync(file, whole.subarray(0, length))
    const journal = resume(file)
    const complete = whole.subarray(0, length).toString('latin1').split('\n').length - 1
    const known = [0, 1, 2].filter((place) => journal.reading(place)).length
    // Lines: settings, start, three readings, two outcomes, one block.
    expect(known).toBe(Math.min(3, Math.max(0, complete - 2)))
    expect(journal.blocks).toHaveLength(complete >= 8 ? 1 : 0)
    journal.noteReading(7, undefined)
    journal.close()
    for (const line of linesOf(file).slice(0, -1)) JSON.parse(line)
    const again = resume(file)
    expect(again.reading(7)).toEqual({failed: undefined})
    again.close()
  }
})

test('a last line of other bytes is cut off; such a line in the middle is told with its number', () => {
  const torn = written()
  appendFileSync(torn, '\0\0\0\0\n')
  const journal = resume(torn)
  expect(journal.resumed?.images).toBe(2)
  journal.close()
  const damaged = written()
  const lines = linesOf(damaged)
  lines[3] = lines[3]!.slice(0, 5)
  writeFileSync(damaged, lines.join('\n'))
  expect(() => resume(damaged)).toThrow(/damaged in line 4/)
})

test('without resume it begins anew, and so it does where there is none', () => {
  const file = written()
  const length = statSync(file).size
  const journal = BenchJournal.open(file, SETTINGS)
  expect([journal.resumed, journal.reading(0), journal.blocks]).toEqual([undefined, undefined, []])
  journal.close()
  expect(statSync(file).size).toBeLessThan(length)
  const fresh = resume(path())
  expect(fresh.resumed).toBeUndefined()
  fresh.close()
})

test('a journal of another bench is refused with everything that differs, and stays as it is', () => {
  const file = written()
  const before = readFileSync(file, 'utf8')
  expect(() => resume(file, {methods: 'base', seed: 0, vocab: 'abc'} as never)).toThrow(
    /methods is base here, but base tome there; vocab is abc here, but none there\./,
  )
  expect(readFileSync(file, 'utf8')).toBe(before)
})

test('a file that is no journal is not touched, with or without resume', () => {
  const file = join(temporaryFolder(), 'photos.csv')
  writeFileSync(file, 'path,label\n')
  for (const again of [true, false])
    expect(() => BenchJournal.open(file, SETTINGS, {resume: again})).toThrow(/should be a journal of vwt bench/)
  expect(readFileSync(file, 'utf8')).toBe('path,label\n')
})

test('runs are counted over several stops; a removed journal is gone', async () => {
  const file = written()
  resume(file).close()
  const third = resume(file)
  expect(third.resumed).toEqual({runs: 2, images: 2, blocks: 1})
  third.close()
  await removeJournal(file)
  await removeJournal(file)
  expect(() => truncateSync(file)).toThrow(/ENOENT/)
  expect(journalPath('a/b.json')).toBe('a/b.json.journal')
})

test('lines longer than what is read at once come back too', () => {
  const file = path()
  const journal = BenchJournal.open(file, SETTINGS)
  const long = {...turn, encoderMs: Array.from({length: 300_000}, (_, run) => run / 8)}
  journal.noteReading(0, undefined)
  journal.noteBlock(0, [long])
  journal.noteReading(1, undefined)
  journal.close()
  expect(statSync(file).size).toBeGreaterThan(2 * 1024 * 1024)
  const again = resume(file)
  expect(again.blocks[0]![0]!.encoderMs).toEqual(long.encoderMs)
  expect(again.reading(1)).toEqual({failed: undefined})
  again.close()
})
