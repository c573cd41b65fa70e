import {Args, Flags} from '@oclif/core'
import {InterruptedError, UsageError} from '../core/base/errors.js'
import type {WrittenPicture} from '../core/render/visualize.js'
import type {Visualization} from '../core/report/visualize.js'
import type {FailedImage} from '../core/workflows/batches.js'
import {VwtCommand} from './base/command.js'
import {countFlag, imageFlags, listFlag, modelFlags, modelOptions, numberFlag} from './base/flags.js'

const KINDS = ['match', 'drop', 'merge', 'compare', 'words', 'frequency'] as const
const {model, vocab, device, threads, seed} = modelFlags
/** Widest preview, in cells: a wider one would be taller than most terminals. */
const PREVIEW_COLUMNS = 120
const IMAGE = {description: 'Files, folders (with what is in them), globs, or - for stdin.'}

export default class Visualize extends VwtCommand {
  static override summary = 'Draw what a method did to images, from the trace of the very run.'
  static override description =
    'match: patches in the colour of the visual word they match, the same in all pictures of a call. drop: dropped ' +
    'patches faded. merge: merged patches as regions in their mean colour. compare: one picture for each --method, with ' +
    'tokens, best label and milliseconds. words: the most used visual words with patches that matched them. frequency: ' +
    'how often words are used; without images, how often they were when the vocabulary was learned. Kind and method ' +
    'follow from each other when one is left out. PNG, WebP and SVG are written without loss; a contact sheet is drawn ' +
    'when --out names one file for several images.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> cat.jpg',
    '<%= config.bin %> <%= command.id %> photos --kind drop --method intra:0.5 --out pictures',
    '<%= config.bin %> <%= command.id %> cat.jpg --kind merge --method tome:16 --layers 1,4,8,12 --out cat.svg',
    '<%= config.bin %> <%= command.id %> cat.jpg --kind compare --method base --method intra:0.5 --method tome:16',
    '<%= config.bin %> <%= command.id %> photos --kind words --vocab photos-1000 --out words.png',
  ]
  static override args = {image: Args.string({...IMAGE, multiple: true, required: false})}
  static override flags = {
    kind: Flags.option({
      summary: 'What is shown; by default what the method does.',
      options: KINDS,
    })(),
    out: Flags.string({
      summary: 'Picture file (.png, .webp, .svg), or folder for one picture of each image; by default this folder.',
      helpValue: 'FILE|FOLDER',
    }),
    scale: numberFlag({
      summary: 'Size of the drawn photo over the original; by default 1, more for tiny photos.',
      helpValue: 'X',
      min: 0.01,
      max: 64,
    }),
    layers: listFlag({
      summary: 'Layers to show side by side (merge, compare); by default the last.',
      helpValue: '1,4,8,12',
    }),
    overlay: Flags.boolean({
      summary: 'Only what lies over the photo, on transparent ground, as large as the photo.',
      default: false,
    }),
    top: countFlag({
      summary: 'Words on a sheet (words); by default 12.',
      helpValue: 'N',
      min: 1,
      max: 500,
      unit: 'words',
    }),
    preview: Flags.boolean({summary: 'Also show each picture in the terminal.', default: false}),
    labels: listFlag({summary: 'Labels to choose from, parted by commas (compare).', helpValue: 'a,b,c'}),
    prompt: Flags.string({summary: 'Sentence around each label, {} in its place (compare).', helpValue: 'TEXT'}),
    model,
    vocab,
    device,
    threads,
    seed,
    method: Flags.string({
      summary: 'How the model is made cheaper, parts joined with +; repeat it to compare.',
      description: modelFlags.method.description!,
      helpValue: 'SPEC',
      helpGroup: 'MODEL',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...imageFlags,
  }

  async run(): Promise<Visualization> {
    const {args, flags} = await this.parse(Visualize)
    const images = args.image ? await this.images(args.image) : []
    const {visualize} = await import('../core/render/visualize.js')
    const preview = flags.preview ? await this.previewer() : undefined
    const progress = this.startProgress('image', preview ? 0 : images.length)
    let seen = 0
    const events = visualize(images, {
      kind: flags.kind,
      out: flags.out,
      scale: flags.scale,
      layers: flags.layers?.map(layerOf),
      overlay: flags.overlay,
      top: flags.top,
      labels: flags.labels,
      prompt: flags.prompt,
      methods: flags.method,
      ...modelOptions(flags),
      onWarning: (message) => this.warn(message),
      onImage: (path) => progress.step(++seen, path),
      signal: this.signal,
    })
    try {
      const result = await this.gather(events, preview)
      await this.print(result)
      return result
    } finally {
      progress.stop()
    }
  }

  /** All pictures, or those done when the user stopped; a failed image costs the status 0. */
  private async gather(
    events: AsyncIterable<{pictures: readonly WrittenPicture[]; bytes: Uint8Array} | FailedImage>,
    preview?: (bytes: Uint8Array) => Promise<void>,
  ): Promise<Visualization> {
    const files: WrittenPicture[] = []
    const failed: FailedImage[] = []
    const result = () => ({files, ...(failed.length > 0 ? {failed} : {})})
    try {
      for await (const event of events) {
        if ('error' in event) {
          failed.push(event)
          this.endWith(1)
        } else {
          files.push(...event.pictures)
          await preview?.(event.bytes)
        }
      }
      return result()
    } catch (error) {
      if (!(error instanceof InterruptedError) || files.length === 0) throw error
      return {...result(), incomplete: true}
    }
  }

  /** Shows pictures where there is a terminal to show them, otherwise undefined. */
  private async previewer(): Promise<((bytes: Uint8Array) => Promise<void>) | undefined> {
    if (this.jsonEnabled()) return undefined
    const {formatPreview, previewProtocol} = await import('../core/render/preview.js')
    const {paint, width} = this.layout
    const isTerminal = process.stdout.isTTY === true
    const protocol = previewProtocol({isTerminal, env: process.env, colourLevel: paint.level})
    if (protocol === 'none') return undefined
    return async (bytes) => {
      process.stdout.write(
        await formatPreview(bytes, {protocol, columns: Math.min(width, PREVIEW_COLUMNS), colourLevel: paint.level}),
      )
    }
  }

  private async print(result: Visualization): Promise<void> {
    const [{formatVisualization}, {formatImageFailures}] = await Promise.all([
      import('../core/report/visualize.js'),
      import('../core/report/failed-images.js'),
    ])
    this.logToStderr(formatImageFailures(result.failed ?? [], this.errorLayout))
    const text = formatVisualization(result, this.layout)
    if (text !== '') this.log(text)
  }
}

/** @throws {UsageError} `flag-value`: not a number of a layer. */
function layerOf(word: string): number {
  if (/^\d+$/.test(word.trim())) return Number(word)
  throw new UsageError(`--layers should be numbers of layers parted by commas, but has ${JSON.stringify(word)}.`, {
    code: 'flag-value',
    suggestions: ['--layers 1,4,8,12'],
  })
}
