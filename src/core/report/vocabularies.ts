/** Vocabularies as text: a table of those at hand, a page about one. */
import type {ImportedVocabulary, VocabularyInfo, VocabularyList} from '../workflows/vocabularies.js'
import {formatList} from './list.js'
import {formatTable} from './table.js'
import {bytes, count, type Layout, percent, printable} from './text.js'

/** The usable vocabularies as a table, then those with a problem, then where others could lie. */
export function formatVocabularyList({vocabularies, places}: VocabularyList, layout: Layout): string {
  const {paint} = layout
  const columns = [
    {title: 'vocabulary'},
    {title: 'words', align: 'right'},
    {title: 'patch', align: 'right'},
    {title: 'images', align: 'right'},
    {title: 'size', align: 'right'},
    {title: 'from'},
    {title: 'file', keep: 'end'},
  ] as const
  const rows = vocabularies
    .filter(({usable}) => usable)
    .map(({name, words, patchSize, images, bytes: size, source, path}) => [
      printable(name),
      words === null ? '' : count(words),
      `${patchSize} px`,
      images === null ? '' : count(images),
      bytes(size),
      source,
      printable(path),
    ])
  const damaged = vocabularies
    .filter(({usable}) => !usable)
    .map(({name, problem}) => ({label: printable(name), good: false, text: problem ?? ''}))
  const searched = places.map(({source, path, exists}) => {
    return {label: source, text: `${printable(path)}${exists ? '' : ', not there yet'}`}
  })
  const table = formatTable(columns, rows, layout, (text, _row, column) => (column === 0 ? paint.bold(text) : text))
  return [
    rows.length > 0 ? table : 'No vocabulary is at hand: vwt build-vocab IMAGE... --out FILE learns one.',
    ...(damaged.length > 0 ? [`${paint.bold('Not usable')}\n${formatList(damaged, layout)}`] : []),
    `${paint.bold('Looked in')}\n${formatList(searched, layout)}`,
  ].join('\n\n')
}

export function formatVocabularyInfo(info: VocabularyInfo, layout: Layout): string {
  const {patchSize, imageSize, images, patches, emptyWords, topTenthFraction, inertia, seed} = info
  const triple = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ')
  const items = [
    {label: 'vocabulary', text: printable(info.name)},
    {label: 'file', text: `${printable(info.path)} (${info.from}), ${bytes(info.bytes)}`},
    {label: 'words', text: `${count(info.words)} of ${count(info.wordLength)} values`},
    {label: 'patch', text: `${patchSize} px, of images of ${imageSize} px`},
    {label: 'pixel space', text: `mean ${triple(info.imageMean)}; std ${triple(info.imageStd)}`},
    {
      label: 'learned from',
      text: images === null ? 'not known' : `${count(images)} images, ${count(patches ?? 0)} patches, seed ${seed}`,
    },
    ...(emptyWords === null || topTenthFraction === null
      ? []
      : [
          {
            label: 'use',
            text: `${emptyWords === 0 ? 'no' : count(emptyWords)} unused words; the most frequent tenth stands for ${percent(topTenthFraction)} of the patches`,
          },
        ]),
    ...(inertia === null ? [] : [{label: 'inertia', text: `${inertia.toPrecision(4)}, mean squared distance`}]),
    {label: 'source', text: printable(info.source)},
  ]
  return formatList(items, layout)
}

export function formatImportedVocabulary(imported: ImportedVocabulary, {paint}: Layout): string {
  const {name, path, words, wordLength, patchSize} = imported
  return (
    `${paint.bold(printable(name))}: ${count(words)} words of ${count(wordLength)} values, ${patchSize}-pixel patches\n` +
    `${paint.dim(`  ${printable(path)}`)}`
  )
}
