/** A built vocabulary as text. */
import type {BuildProgress, BuiltVocabulary, SeedingProgress} from '../workflows/build-vocab/build-vocab.js'
import {formatList} from './list.js'
import {count, type Layout, printable} from './text.js'

/** What was learned from what; skipped images are for `formatSkipped`. No newline at the end. */
export function formatBuiltVocabulary(built: BuiltVocabulary, layout: Layout): string {
  const {out, words, wordLength, images, skipped, patches, inertia, emptyWords, seconds, imagesPerSecond} = built
  const lost = skipped.length > 0 ? `, ${count(skipped.length)} skipped` : ''
  const rows = [
    [
      'words',
      `${count(words)} of ${count(wordLength)} values${emptyWords > 0 ? `, ${count(emptyWords)} of them unused` : ''}`,
    ],
    ['learned from', `${count(patches)} patches of ${count(images)} ${images === 1 ? 'image' : 'images'}${lost}`],
    ['inertia', `${significant(inertia)}, mean squared distance of a patch to its word`],
    ['time', `${duration(seconds)}, ${significant(imagesPerSecond)} images/s`],
  ]
  const list = formatList(
    rows.map(([label = '', text = '']) => ({label, text})),
    layout,
  )
  return `${layout.paint.bold(printable(out))}\n${list}`
}

/** One line for each image that could not be read, for stderr. */
export function formatSkipped({skipped}: BuiltVocabulary, {paint}: Layout): string {
  return skipped.map(({path, message}) => `${paint.red('skipped:')} ${printable(path)}: ${message}\n`).join('')
}

/** `283 images/s · inertia 116 · 1 min 20 s left` */
export function formatBuildProgress({viewsPerSecond, inertia, secondsLeft}: BuildProgress): string {
  return [
    `${significant(viewsPerSecond)} images/s`,
    ...(inertia === null ? [] : [`inertia ${significant(inertia)}`]),
    ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
  ].join(' · ')
}

/** `1,024 of 10,000 first words chosen` */
export function formatSeedingProgress({wordsFound, wordsTotal}: SeedingProgress): string {
  return `${count(wordsFound)} of ${count(wordsTotal)} first words chosen`
}

/** Three digits, or all before the point. */
function significant(value: number): string {
  return value >= 100 ? count(Math.round(value)) : String(Number(value.toPrecision(3)))
}

function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
