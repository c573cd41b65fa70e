/** What a method did to images, as a table and as CSV. */
import type {Tokenization, TokenizedImage} from '../workflows/tokenize.js'
import {formatCsv} from './csv.js'
import {formatTable} from './table.js'
import {cut, type Layout, printable, wrap} from './text.js'

export type TokenizationReport = Tokenization & {
  /** Present when the work was stopped before all images were done. */
  readonly incomplete?: true
}

/** What is shown of the names of the shortest and the longest image at least. */
const MIN_NAME_WIDTH = 16

/** One line for each image, then what they have in common; empty when no image could be read. No newline at the end. */
export function formatTokenization(result: TokenizationReport, layout: Layout): string {
  const done = doneOf(result)
  if (done.length === 0) return ''
  const columns = [
    {title: 'image', keep: 'end'},
    {title: 'grid', align: 'right'},
    {title: 'full', align: 'right'},
    {title: 'used', align: 'right'},
    {title: 'dropped', align: 'right'},
    {title: 'merged groups', align: 'right'},
  ] as const
  const rows = done.map((image) => {
    const {dropped, mergedGroups} = fateOf(image.patches)
    const {full, used} = image.tokens
    return [printable(image.path), image.grid.join(' × '), ...[full, used, dropped, mergedGroups].map(String)]
  })
  const {paint, width} = layout
  const table = formatTable(columns, rows, layout, (text, _row, column) => (column === 3 ? paint.bold(text) : text))
  const facts = [...layerFacts(done), ...spreadFacts(result, done, width), closingFacts(result, done.length)]
  return [table, ...facts.flatMap((fact) => wrap(fact, width)).map((line) => paint.dim(line))].join('\n')
}

/** One row for each image, failed ones with their reason; lists are numbers parted by spaces. */
export function formatTokenizationCsv({images}: Tokenization): string {
  const titles =
    'path,grid_rows,grid_columns,tokens_full,tokens_used,dropped,merged_groups,tokens_per_layer,patches,error_code,error_message'
  return formatCsv(
    titles.split(','),
    images.map((image) => {
      if ('error' in image) return [image.path, ...Array(8).fill(null), image.error.code, image.error.message]
      const {path, grid, tokens, patches} = image
      const {dropped, mergedGroups} = fateOf(patches)
      const lists = [tokens.perLayer.join(' '), patches.join(' ')]
      return [path, ...grid, tokens.full, tokens.used, dropped, mergedGroups, ...lists, null, null]
    }),
  )
}

/** Patches dropped, and groups that two patches or more ended in. */
export function fateOf(patches: readonly number[]): {readonly dropped: number; readonly mergedGroups: number} {
  const sizes = new Map<number, number>()
  for (const group of patches) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  const dropped = sizes.get(-1) ?? 0
  sizes.delete(-1)
  return {dropped, mergedGroups: [...sizes.values()].filter((size) => size > 1).length}
}

function doneOf({images}: Tokenization): TokenizedImage[] {
  return images.filter((image) => 'tokens' in image)
}

/** For one image, and only where layers differ. */
function layerFacts(done: readonly TokenizedImage[]): string[] {
  const [image] = done
  if (done.length !== 1 || new Set(image!.tokens.perLayer).size === 1) return []
  return [`layer by layer: ${image!.tokens.perLayer.join(' ')} tokens`]
}

function spreadFacts({summary}: Tokenization, done: readonly TokenizedImage[], width: number): string[] {
  if (!summary || done.length < 2) return []
  const {mean, std, min, max} = summary
  const nameWidth = Math.max(MIN_NAME_WIDTH, Math.floor(width / 3))
  const nameOf = (used: number) => cut(printable(done.find(({tokens}) => tokens.used === used)!.path), nameWidth, 'end')
  const spread = `${mean.toFixed(1)} ± ${std.toFixed(1)} tokens`
  if (min === max) return [spread]
  return [`${spread}, shortest ${min} (${nameOf(min)}), longest ${max} (${nameOf(max)})`]
}

function closingFacts({images, model, method, vocab, incomplete}: TokenizationReport, doneCount: number): string {
  const failedCount = images.length - doneCount
  const counts = `${doneCount} ${doneCount === 1 ? 'image' : 'images'}${failedCount > 0 ? `, ${failedCount} failed` : ''}`
  const parts = [...(images.length > 1 ? [counts] : []), model, method, ...(vocab === null ? [] : [vocab])]
  return `${parts.map(printable).join(' · ')}${incomplete ? ' · stopped before the end' : ''}`
}
