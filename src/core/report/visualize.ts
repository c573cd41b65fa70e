/** Which pictures were drawn, as text. */
import {formatTable} from './table.js'
import {type Layout, printable} from './text.js'

export type Visualization = {
  /** `image` is null where a picture is about all images; a contact sheet is named once for each image on it. */
  readonly files: readonly {readonly path: string; readonly kind: string; readonly image: string | null}[]
  /** Images that could not be read; present when there are some. */
  readonly failed?: readonly {
    readonly path: string
    readonly error: {readonly code: string; readonly message: string; readonly suggestions?: readonly string[]}
  }[]
  /** Present when the work was stopped before all images were done. */
  readonly incomplete?: true
}

/** One line for each file; empty when nothing was drawn. No newline at the end. */
export function formatVisualization({files, incomplete}: Visualization, layout: Layout): string {
  if (files.length === 0) return ''
  const images = new Map<string, (string | null)[]>()
  for (const {path, image} of files) images.set(path, [...(images.get(path) ?? []), image])
  const rows = [...images].map(([path, shown]) => {
    const kind = files.find((file) => file.path === path)!.kind
    const of = shown.length > 1 ? `${shown.length} images` : (shown[0] ?? 'all images')
    return [printable(path), kind, printable(of)]
  })
  const columns = [{title: 'picture', keep: 'end'}, {title: 'kind'}, {title: 'of', keep: 'end'}] as const
  const table = formatTable(columns, rows, layout, (text, _row, column) =>
    column === 0 ? layout.paint.bold(text) : text,
  )
  return incomplete ? `${table}\n${layout.paint.dim('stopped before the end')}` : table
}
