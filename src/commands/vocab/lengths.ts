import {Args, Flags} from '@oclif/core'
import type {LengthsReport} from '../../core/report/lengths.js'
import type {ImageSet, LengthCounter} from '../../core/workflows/lengths.js'
import {VwtCommand} from '../base/command.js'
import {imageFlags, modelFlags} from '../base/flags.js'
import {gatherImages} from '../base/gather.js'
import {expandImageSets, type NamedImages} from '../base/image-sets.js'
import {outFlag, writeOut} from '../base/out.js'

export default class VocabLengths extends VwtCommand {
  static override summary = 'Tell how many tokens images become, by vocabulary and set of images.'
  static override description =
    'Table 1 of the VWT paper (Gee et al., TMLR 2025) over any images and words: mean and standard deviation of the ' +
    'tokens that enter the encoder, a row for each vocabulary and method, a column for each set. Words are in-domain ' +
    'when they were learned from images like those counted (vwt build-vocab), general otherwise. Each image is decoded ' +
    'once, whatever the number of rows.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> birds=./waterbirds/test photos=./photos',
    '<%= config.bin %> <%= command.id %> ./waterbirds/test --vocab waterbirds-100.safetensors --vocab photos-100 --out lengths.md',
    '<%= config.bin %> <%= command.id %> photos="photos/**/*.jpg" --method inter:0.05 --method inter:0.1 --method intra:0.3+inter:0.1 --json',
  ]
  static override args = {
    set: Args.string({
      description: 'Folders, or NAME=FOLDER, or NAME="GLOB".',
      multiple: true,
      required: true,
    }),
  }
  static override flags = {
    vocab: Flags.string({
      summary: 'Vocabulary of visual words; repeat it for more rows.',
      helpValue: 'NAME|FILE',
      multiple: true,
      multipleNonGreedy: true,
      default: ['photos-100', 'photos-1000'],
    }),
    method: Flags.string({
      summary: 'Method that ends before the encoder, such as inter:0.1; repeat it for more rows.',
      helpValue: 'SPEC',
      multiple: true,
      multipleNonGreedy: true,
      default: ['inter:0.1'],
    }),
    out: outFlag({
      summary: 'Also write the result, as .json, .csv or .md.',
      helpValue: 'FILE',
      endings: ['json', 'csv', 'md'],
    }),
    model: modelFlags.model,
    threads: modelFlags.threads,
    seed: modelFlags.seed,
    ...imageFlags,
  }

  async run(): Promise<LengthsReport> {
    const {args, flags} = await this.parse(VocabLengths)
    const sets = await expandImageSets(args.set)
    const {loadLengthCounter} = await import('../../core/workflows/lengths.js')
    const counter = await loadLengthCounter({
      model: flags.model,
      methods: flags.method,
      vocabs: flags.vocab,
      threads: flags.threads,
      preprocess: flags.preprocess,
      seed: flags.seed,
      maxPixels: flags['max-pixels'],
    })
    try {
      const result = await this.countAll(counter, sets)
      await this.print(result, flags.out)
      return result
    } finally {
      await counter.release()
    }
  }

  /** All sets in one go; those the user did not wait for are short or empty. */
  private async countAll(counter: LengthCounter, sets: readonly NamedImages[]): Promise<LengthsReport> {
    const images = sets.flatMap((set) => set.images)
    const {images: counted, stopped} = await gatherImages(
      counter.count(images, {signal: this.signal}),
      this.startProgress('image', images.length),
      () => this.endWith(1),
    )
    let first = 0
    const done: ImageSet[] = sets.map(({name, images: {length}}) => {
      first += length
      return {name, images: counted.slice(first - length, first)}
    })
    return {...counter.tabulate(done), ...stopped}
  }

  private async print(result: LengthsReport, file: string | undefined): Promise<void> {
    const [{formatLengths, formatLengthsCsv, formatLengthsMarkdown}, {formatImageFailures}, {formatDocument}] =
      await Promise.all([
        import('../../core/report/lengths.js'),
        import('../../core/report/failed-images.js'),
        import('../../core/report/document.js'),
      ])
    const failed = result.sets.flatMap((set) => set.failed)
    this.logToStderr(formatImageFailures(failed, this.errorLayout))
    this.log(formatLengths(result, this.layout))
    if (file === undefined) return
    await writeOut(file, {
      json: () => formatDocument(this.toSuccessJson(result)),
      csv: () => formatLengthsCsv(result),
      md: () => formatLengthsMarkdown(result),
    })
    this.logToStderr(`Written to ${file}\n`)
  }
}
