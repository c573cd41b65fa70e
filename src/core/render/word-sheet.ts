/** The most used visual words, each with its centroid and real patches that matched it. */
import {type PatchSample, type WordUsage, wordPicture} from '../workflows/word-usage.js'
import {plural} from './caption.js'
import {type Drawing, INK, type Mark, PALE_INK, type Pixels, rect, WHITE} from './drawing.js'
import {fitText, text} from './lettering.js'
import {enlarge} from './photo.js'

/** A vocabulary as far as it is drawn. */
export type WordList = {
  readonly name: string
  /** `[wordCount, 3·P·P]` */
  readonly words: Float32Array
  readonly wordCount: number
  readonly wordLength: number
  readonly patchSize: number
  readonly imageMean: readonly number[]
  readonly imageStd: readonly number[]
}

const TILE_PX = 60
const GAP_PX = 4
const MARGIN_PX = 24
const LABEL_PX = 168
const HEAD_PX = 108
const PATCHES_SHOWN = 10
const TEXT_PX = 17

/**
 * One row for each word, the most used first, of equally used ones the lower id.
 * @param top words shown at most; unused words are not.
 */
export function drawWordSheet(list: WordList, usage: WordUsage, top: number): Drawing {
  const counts = usage.counts(list.wordCount)
  const matched = counts.reduce((sum, count) => sum + count, 0)
  const shown = rankWords(counts)
    .slice(0, top)
    .filter((word) => counts[word]! > 0)
  const factor = Math.max(1, Math.round(TILE_PX / list.patchSize))
  const tile = list.patchSize * factor
  const width = 2 * MARGIN_PX + LABEL_PX + tile + 2 * GAP_PX + MARGIN_PX + PATCHES_SHOWN * (tile + GAP_PX) - GAP_PX
  const marks: Mark[] = headMarks(list, usage, {width, tile, shown: shown.length, matched})
  for (const [row, word] of shown.entries()) {
    const y = HEAD_PX + row * (tile + 3 * GAP_PX)
    marks.push(...rowMarks(list, word, usage.samples(word), {y, tile, factor, count: counts[word]!, matched}))
  }
  const height = HEAD_PX + shown.length * (tile + 3 * GAP_PX) + MARGIN_PX - 2 * GAP_PX
  return {width, height, background: WHITE, marks}
}

/** Word ids, the most used first, of equally used ones the lower id. */
export function rankWords(counts: readonly number[]): number[] {
  return counts.map((_, word) => word).sort((a, b) => counts[b]! - counts[a]! || a - b)
}

type Head = {readonly width: number; readonly tile: number; readonly shown: number; readonly matched: number}

function headMarks(list: WordList, usage: WordUsage, {width, tile, shown, matched}: Head): Mark[] {
  const room = width - 2 * MARGIN_PX
  const title = `The ${shown} most used of ${plural(list.wordCount, 'visual word')}`
  const share = usage.patches > 0 ? ` (${((100 * matched) / usage.patches).toFixed(1)} %)` : ''
  const facts =
    `${list.name} · ${plural(usage.images, 'image')} · ` +
    `${matched.toLocaleString('en-US')} of ${plural(usage.patches, 'patch').replace(/patchs$/, 'patches')} matched${share}`
  const left = MARGIN_PX + LABEL_PX
  const small = {sizePx: 14, colour: PALE_INK}
  return [
    text(fitText(title, room, 22), MARGIN_PX, 38, {sizePx: 22, weight: 'bold'}),
    text(fitText(facts, room, 16), MARGIN_PX, 63, {sizePx: 16, colour: PALE_INK}),
    text('word', left, HEAD_PX - 11, small),
    text('patches that matched it', left + tile + 2 * GAP_PX + MARGIN_PX, HEAD_PX - 11, small),
  ]
}

type Row = {
  readonly y: number
  readonly tile: number
  readonly factor: number
  readonly count: number
  readonly matched: number
}

function rowMarks(
  list: WordList,
  word: number,
  samples: readonly PatchSample[],
  {y, tile, factor, count, matched}: Row,
): Mark[] {
  const {words, wordLength, patchSize, imageMean, imageStd} = list
  const values = words.subarray(word * wordLength, (word + 1) * wordLength)
  const centroid = wordPicture(values, patchSize, {mean: imageMean, std: imageStd})
  const left = MARGIN_PX + LABEL_PX
  const middle = y + Math.round(tile / 2)
  const share = `${((100 * count) / matched).toFixed(1)} %`
  const patchesLeft = left + tile + 2 * GAP_PX + MARGIN_PX
  return [
    text(`word ${word}`, MARGIN_PX, middle - 3, {sizePx: TEXT_PX, weight: 'bold'}),
    text(`${count.toLocaleString('en-US')} × · ${share}`, MARGIN_PX, middle + 18, {sizePx: 15, colour: PALE_INK}),
    rect(left - 3, y - 3, left + tile + 3, y + tile + 3, INK),
    rect(left - 1, y - 1, left + tile + 1, y + tile + 1, WHITE),
    pixels(left, y, enlarge(centroid, factor)),
    ...samples
      .slice(0, PATCHES_SHOWN)
      .map((sample, place) => pixels(patchesLeft + place * (tile + GAP_PX), y, enlarge(sample, factor))),
  ]
}

function pixels(left: number, top: number, image: Pixels): Mark {
  return {kind: 'pixels', left, top, pixels: image}
}
