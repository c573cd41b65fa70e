/** `vwt bench --compare`: results of earlier benches side by side, nothing is run. */
import {UsageError} from '../../core/base/errors.js'
import type {Layout} from '../../core/report/text.js'
import type {BenchComparison} from '../../core/workflows/bench/compare.js'
import {writeOut} from './out.js'

export type ComparisonWorld = {
  readonly layout: Layout
  readonly log: (text: string) => void
  readonly note: (text: string) => void
  /** The JSON document of a result. */
  readonly document: (result: BenchComparison) => unknown
}

/** Endings a comparison can be written as. */
const FORMS = ['json', 'md']

/** Prints and writes all there is. @throws {UsageError} a file is no result, or `out-ending`. */
export async function deliverComparison(
  paths: readonly string[],
  files: readonly string[],
  {layout, log, note, document}: ComparisonWorld,
): Promise<BenchComparison> {
  const other = files.find((file) => !FORMS.some((ending) => file.toLowerCase().endsWith(`.${ending}`)))
  if (other !== undefined) {
    throw new UsageError(`A comparison is written as .json or .md, but --out is ${other}.`, {
      code: 'out-ending',
      suggestions: ['--out comparison.md'],
    })
  }
  const [{compareBenchFiles}, {formatComparison, formatComparisonMarkdown}, {formatDocument}] = await Promise.all([
    import('../../core/workflows/bench/compare.js'),
    import('../../core/report/bench/compare.js'),
    import('../../core/report/document.js'),
  ])
  const comparison = await compareBenchFiles(paths)
  log(formatComparison(comparison, layout))
  for (const file of files) {
    await writeOut(file, {
      json: () => formatDocument(document(comparison)),
      md: () => formatComparisonMarkdown(comparison),
    })
    note(`Written to ${file}\n`)
  }
  return comparison
}
