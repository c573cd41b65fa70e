import {Args} from '@oclif/core'
import {GateError} from '../core/base/errors.js'
import type {BenchReport} from '../core/report/bench/bench.js'
import type {BenchComparison} from '../core/workflows/bench/compare.js'
import type {Bench as BenchResult} from '../core/workflows/bench/result.js'
import type {PaperSuiteOptions} from '../core/workflows/paper/suite.js'
import {benchFlags} from './base/bench-flags.js'
import {VwtCommand} from './base/command.js'
import {deliverComparison} from './base/comparison.js'
import {writeOut} from './base/out.js'
import type {Progress} from './base/progress.js'

export default class Bench extends VwtCommand {
  static override summary = 'Measure what methods save and what they cost, against the model as it is.'
  static override description =
    'Every method and base run over the same images in the same run: tokens, accuracy, time of the encoder, time from ' +
    'file to label or caption stage by stage. Time is taken in blocks, in each of which every method has one turn in ' +
    'random order; speed-ups are medians over blocks, with bootstrap intervals. Without images and --data a bundled suite of drawn ' +
    'scenes is used. --seed also decides the order, the intervals and the pictures of a suite. Watts and ' +
    'joules are measured last, in windows of a meter that can be read (vwt doctor lists them), or they are null.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --method tome',
    '<%= config.bin %> <%= command.id %> --method all --out bench.md --out bench.json',
    '<%= config.bin %> <%= command.id %> --sweep intra=0.1:0.9:0.2 --batch 1,4,16',
    '<%= config.bin %> <%= command.id %> --data birds.csv --method intra:0.3 --require "accuracy.drop<=1 && latency.speedup>=1.2"',
    '<%= config.bin %> <%= command.id %> --compare before.json after.json',
    '<%= config.bin %> <%= command.id %> photos --model ./clip-vit-base-patch16 --method intra --method tome',
  ]
  static override args = {
    image: Args.string({
      description: 'Images without labels, for time and tokens: files, folders, globs, or - for stdin.',
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = benchFlags

  private isComparison = false

  protected override get documentName(): string {
    return this.isComparison ? 'bench-compare' : super.documentName
  }

  async run(): Promise<BenchReport | BenchComparison> {
    const {args, flags, metadata} = await this.parse(Bench)
    const named = args.image ?? []
    if (flags.compare) {
      this.isComparison = true
      return deliverComparison([...flags.compare, ...named], flags.out ?? [], {
        layout: this.layout,
        log: (text) => this.log(text),
        note: (text) => this.logToStderr(text),
        document: (result) => this.toSuccessJson(result),
      })
    }
    const images = named.length > 0 ? await this.images(named) : undefined
    const [{runBench}, {journalPath, removeJournal}] = await Promise.all([
      import('../core/workflows/bench/bench.js'),
      import('../core/workflows/bench/journal.js'),
    ])
    const [firstOut] = flags.out ?? []
    const journal = flags.journal ?? (firstOut === undefined ? undefined : journalPath(firstOut))
    let progress: Progress | undefined
    try {
      const settings = {
        model: flags.model,
        task: flags.task,
        methods: flags.method ?? [],
        sweeps: flags.sweep ?? [],
        data: flags.data,
        layout: flags.layout,
        split: flags.split,
        labels: flags['labels-file'] === undefined ? flags.labels : await labelsOf(flags['labels-file']),
        prompt: flags.prompt,
        limit: flags.limit,
        spiceJar: flags['spice-jar'],
        batches: flags.batch,
        runs: flags.runs,
        seconds: flags.seconds,
        warmup: flags.warmup,
        require: flags.require ?? [],
        energy: flags.energy,
        idle: flags.idle,
        powerCommand: flags['power-command'],
        assumeWatts: flags['assume-watts'],
        protocol: flags.protocol,
        vocab: flags.vocab,
        device: flags.device,
        threads: flags.threads,
        preprocess: flags.preprocess,
        seed: flags.seed,
        maxPixels: flags['max-pixels'],
        journal,
        resume: flags.resume,
        signal: this.signal,
        onWarning: (message: string) => this.warn(message),
        onProgress: (done: number, total: number, what: string) => {
          progress ??= this.startProgress('step', total)
          progress.step(done, what)
        },
      }
      if (flags.suite === 'vwt-paper') {
        const given = <T>(name: string, value: T) => (metadata.flags[name]?.setFromDefault ? undefined : value)
        const own = {
          images,
          batches: given('batch', flags.batch),
          vocab: given('vocab', flags.vocab),
          captionModel: flags['caption-model'],
        }
        return await this.benchPaper({...settings, ...own}, flags.out ?? [])
      }
      const {samples, windows, outcomes, ...report} = await runBench({...settings, images, suite: flags.suite})
      progress?.stop()
      if (report.data.failed.length > 0) this.endWith(1)
      const missed = await this.deliver(report, {samples, windows, outcomes}, flags.out ?? [])
      if (flags['caption-files'] !== undefined) await this.writeCaptions(flags['caption-files'], outcomes)
      if (journal !== undefined && !report.incomplete) await removeJournal(journal)
      if (missed) throw missed
      return report
    } finally {
      progress?.stop()
    }
  }

  /** @throws {UsageError} there are no captions, or they cannot be written. */
  private async writeCaptions(folder: string, outcomes: BenchResult['outcomes']): Promise<void> {
    const {cocoOf, writeCocoCaptions} = await import('../core/workflows/coco-captions.js')
    const captions = cocoOf(outcomes)
    if (!captions) {
      this.warn('No captions were asked for, so --caption-files wrote none.')
      return
    }
    const files = await writeCocoCaptions(folder, captions.contestants, captions)
    for (const file of files) this.logToStderr(`Written to ${file}\n`)
  }

  /** All tables of the paper; the journals of its parts go when the result is safe. */
  private async benchPaper(settings: PaperSuiteOptions, files: readonly string[]): Promise<BenchReport> {
    const [{runPaperSuite}, {removeJournal}] = await Promise.all([
      import('../core/workflows/paper/suite.js'),
      import('../core/workflows/bench/journal.js'),
    ])
    const {samples, outcomes, windows, journals, ...report} = await runPaperSuite(settings)
    if (report.data.failed.length > 0) this.endWith(1)
    const missed = await this.deliver(report, {samples, outcomes, windows}, files)
    if (!report.incomplete) for (const journal of journals) await removeJournal(journal)
    if (missed) throw missed
    return report
  }

  /** Prints and writes all there is. @returns what to end with when a condition is missed. */
  private async deliver(
    report: BenchReport,
    raw: Pick<BenchResult, 'samples' | 'windows' | 'outcomes'>,
    files: readonly string[],
  ): Promise<GateError | undefined> {
    const [
      {describeMissed, formatBench},
      {formatBenchCsv, formatBenchMarkdown},
      {formatBenchHtml},
      {formatSamplesCsv, SAMPLES_ENDING},
      {formatImageFailures},
      {formatDocument},
    ] = await Promise.all([
      import('../core/report/bench/bench.js'),
      import('../core/report/bench/files.js'),
      import('../core/report/bench/html.js'),
      import('../core/report/bench/samples.js'),
      import('../core/report/failed-images.js'),
      import('../core/report/document.js'),
    ])
    this.logToStderr(formatImageFailures(report.data.failed, this.errorLayout))
    this.log(formatBench(report, this.layout))
    const missed = describeMissed(report.gates)
    const document = this.toSuccessJson({...report, ...raw}) as {warnings: string[]}
    for (const file of files) {
      await writeOut(file, {
        json: () => formatDocument(missed ? {...document, status: 6} : document),
        html: () => formatBenchHtml(report, {outcomes: raw.outcomes, warnings: document.warnings}),
        csv: () => (file.endsWith(SAMPLES_ENDING) ? formatSamplesCsv(raw.samples) : formatBenchCsv(report)),
        md: () => formatBenchMarkdown(report),
      })
      this.logToStderr(`Written to ${file}\n`)
    }
    if (!missed) return undefined
    const cures = ['Choose a gentler setting of the method, or ease the condition.']
    if (files.length === 0) cures.push('--out FILE keeps the figures.')
    return new GateError(missed, {suggestions: cures})
  }
}

async function labelsOf(file: string): Promise<string[]> {
  return (await import('./base/labels.js')).readLabels(file)
}
