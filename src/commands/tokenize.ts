import type {TokenizationReport} from '../core/report/tokenize.js'
import {VwtCommand} from './base/command.js'
import {imageFlags, imagesArg, modelFlags, modelOptions} from './base/flags.js'
import {gatherImages} from './base/gather.js'
import {outFlag, writeOut} from './base/out.js'

export default class Tokenize extends VwtCommand {
  static override summary = 'Show what a method does to images: how many tokens are left, and where each patch went.'
  static override description =
    'One line for each image: patches dropped, groups that two patches or more were merged into, tokens used out of ' +
    'those of the whole image (patches and class token). The JSON has, for every patch in raster order, the group it ' +
    'ended in, or -1 when it was dropped. All of it is returned by the graph that ran.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> cat.jpg --method inter:0.1',
    '<%= config.bin %> <%= command.id %> photos --method intra:0.3+inter:0.1 --vocab photos-1000 --out tokens.csv',
  ]
  static override args = imagesArg
  static override flags = {
    out: outFlag({
      summary: 'Also write the result, as .json or .csv.',
      helpValue: 'FILE',
      endings: ['json', 'csv'],
    }),
    ...modelFlags,
    ...imageFlags,
  }

  async run(): Promise<TokenizationReport> {
    const {args, flags} = await this.parse(Tokenize)
    const images = await this.images(args.image)
    const {loadPatchTokenizer} = await import('../core/workflows/tokenize.js')
    const tokenizer = await loadPatchTokenizer({
      method: flags.method,
      ...modelOptions(flags),
      onWarning: (message) => this.warn(message),
    })
    try {
      const gathered = await gatherImages(
        tokenizer.tokenize(images, {batch: flags.batch, signal: this.signal}),
        this.startProgress('image', images.length),
        () => this.endWith(1),
      )
      const result = {...tokenizer.summarize(gathered.images), ...gathered.stopped}
      await this.print(result, flags.out)
      return result
    } finally {
      await tokenizer.release()
    }
  }

  private async print(result: TokenizationReport, file: string | undefined): Promise<void> {
    const [{formatTokenization, formatTokenizationCsv}, {formatImageFailures}, {formatDocument}] = await Promise.all([
      import('../core/report/tokenize.js'),
      import('../core/report/failed-images.js'),
      import('../core/report/document.js'),
    ])
    this.logToStderr(formatImageFailures(result.images, this.errorLayout))
    const text = formatTokenization(result, this.layout)
    if (text !== '') this.log(text)
    if (file === undefined) return
    await writeOut(file, {
      json: () => formatDocument(this.toSuccessJson(result)),
      csv: () => formatTokenizationCsv(result),
    })
    this.logToStderr(`Written to ${file}\n`)
  }
}
