/** Models as text: a table of those at hand, a page about one. */
import type {ImageProcessor} from '../image/processor.js'
import type {ModelInfo, ModelList, TowerInfo} from '../workflows/models.js'
import {formatList} from './list.js'
import {formatTable} from './table.js'
import {bytes, count, type Layout, printable} from './text.js'

/** The usable models as a table, then those with a problem, then where else a model could lie. */
export function formatModelList({models, places}: ModelList, layout: Layout): string {
  const {paint} = layout
  const usable = models.filter((model) => model.usable)
  const columns = [
    {title: 'model'},
    {title: 'kind'},
    {title: 'parameters', align: 'right'},
    {title: 'size', align: 'right'},
    {title: 'from'},
    {title: 'folder', keep: 'end'},
  ] as const
  const rows = usable.map(({name, kind, parameters, bytes: size, source, path}) => [
    printable(name),
    kind ?? '',
    parameters === null ? '' : count(parameters),
    size === null ? '' : bytes(size),
    source,
    printable(path),
  ])
  const table = formatTable(columns, rows, layout, (text, _row, column) => (column === 0 ? paint.bold(text) : text))
  const damaged = models
    .filter((model) => !model.usable)
    .map(({name, path, problem}) => ({label: printable(name), good: false, text: `${problem} (${printable(path)})`}))
  const searched = places.map(({source, path, exists}) => {
    return {label: source, text: `${printable(path)}${exists ? '' : ', not there yet'}`}
  })
  return [
    usable.length > 0 ? table : 'No model is at hand.',
    ...(damaged.length > 0 ? [`${paint.bold('Not usable')}\n${formatList(damaged, layout)}`] : []),
    `${paint.bold('Looked in')}\n${formatList(searched, layout)}`,
  ].join('\n\n')
}

export function formatModelInfo(info: ModelInfo, layout: Layout): string {
  const {vision, text, labels, prompt} = info
  const stored = Object.entries(info.dtypes).map(([dtype, values]) =>
    values === info.parameters ? dtype : `${count(values)} ${dtype}`,
  )
  const [rows, columns] = vision.grid
  const items = [
    {label: 'model', text: printable(info.name)},
    {label: 'folder', text: `${printable(info.path)} (${info.source})`},
    {label: 'kind', text: info.kind},
    {label: 'parameters', text: `${count(info.parameters)}, stored as ${stored.join(' and ')}, ${bytes(info.bytes)}`},
    {
      label: 'image',
      text: `${vision.imageSizePx} px in patches of ${vision.patchSizePx} px: ${rows} × ${columns} + class token = ${vision.tokens} tokens`,
    },
    {label: 'vision tower', text: towerText(vision)},
    {
      label: info.kind === 'blip' ? 'decoder' : 'text tower',
      text: `${towerText(text)}, up to ${text.maxTokens} tokens of ${count(text.vocabularySize)}`,
    },
    ...(info.projection === null ? [] : [{label: 'embedding', text: `${count(info.projection)} values`}]),
    {label: 'preprocessing', text: processorText(info.preprocessing)},
    ...(info.kind === 'blip'
      ? []
      : [{label: 'labels', text: labels ? printable(labels.join(', ')) : 'none of its own: give --labels'}]),
    ...(prompt ? [{label: 'prompt', text: printable(prompt)}] : []),
    {label: 'files', text: info.files.map((file) => `${printable(file.name)} ${bytes(file.bytes)}`).join(', ')},
  ]
  return formatList(items, layout)
}

function towerText({layers, width, heads, mlpWidth, activation}: TowerInfo): string {
  return `${layers} layers, width ${width}, ${heads} heads, MLP ${mlpWidth}, ${activation}`
}

function processorText({name, sourceCrop, resize, filter, crop}: ImageProcessor): string {
  const size = ({width, height}: {width: number; height: number}) => `${width} × ${height}`
  const target = resize && ('shortestEdge' in resize ? `shorter edge ${resize.shortestEdge}` : size(resize))
  const steps = [
    ...(sourceCrop ? [`centre crop ${size(sourceCrop)}`] : []),
    ...(target ? [`resize to ${target} (${filter})`] : []),
    ...(crop ? [`centre crop ${size(crop)}`] : []),
  ]
  return `${name}: ${steps.join(', ') || 'no resizing'}`
}
