/** The base of all commands: one JSON contract, the same exit status with and without --json, shared flags. */
import {Command, type Interfaces} from '@oclif/core'
import {messageOf} from '../../core/base/errors.js'
import {configFolder} from '../../core/base/places.js'
import {formatDocument, resultDocument} from '../../core/report/document.js'
import {formatWarning} from '../../core/report/failure.js'
import type {Layout} from '../../core/report/text.js'
import type {ImageInput} from '../../core/workflows/images.js'
import {painterFor} from './colour.js'
import {configFileDefaults, type DefaultSource, environmentDefaults, truthOf, withDefaults} from './defaults.js'
import {failureOf} from './failure.js'
import {everywhereFlags} from './flags.js'
import {catchInterrupt, type Interrupt} from './interrupt.js'
import {writeFailure} from './output.js'
import {type Progress, type ProgressKind, startProgress} from './progress.js'

/** Exit statuses of a command that delivered: all (0), without some inputs (1), bad news (5), a part (130). */
export type DeliveredStatus = 0 | 1 | 5 | 130

/**
 * A command parses, calls one workflow, prints what a `format…` function returns and returns the same data, which
 * becomes `result` of the JSON document. It throws what it cannot recover from.
 */
export abstract class VwtCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = everywhereFlags

  private readonly warnings: string[] = []
  private sources: readonly DefaultSource[] = []
  private status: DeliveredStatus = 0
  private interrupt: Interrupt | undefined
  private progress: Progress | undefined
  private quiet = false

  /** Aborted by Ctrl-C; a workflow that is handed it stops after the step in hand. */
  protected get signal(): AbortSignal {
    return this.interrupt?.signal ?? AbortSignal.any([])
  }

  /** The status the command ends with if nothing is thrown. */
  protected endWith(status: DeliveredStatus): void {
    this.status = status
  }

  /** How text on stdout is laid out: cut to the terminal, uncut into a file or pipe. */
  protected get layout(): Layout {
    const {stdout} = process
    return {width: stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY, paint: painterFor(stdout, this.argv)}
  }

  /** @param unit what is counted, for the line form: `image 3/10 cat.jpg`. */
  protected startProgress(unit: string, total: number): Progress {
    return this.follow(startProgress(this.progressKind, unit, total, process.stderr))
  }

  protected get progressKind(): ProgressKind {
    return this.jsonEnabled() || this.quiet ? 'silent' : process.stderr.isTTY ? 'bar' : 'lines'
  }

  /** Takes on a progress of the command's own, which Ctrl-C stops. */
  protected follow<P extends Progress>(progress: P): P {
    this.progress = progress
    return progress
  }

  /** What `IMAGE...` stands for. @throws {UsageError} nothing is there to work on. */
  protected async images(inputs: readonly string[]): Promise<ImageInput[]> {
    const [{expandImages}, {readStdin}] = await Promise.all([import('./images.js'), import('./stdin.js')])
    return expandImages(inputs, readStdin)
  }

  override async init(): Promise<void> {
    await super.init()
    this.interrupt = catchInterrupt(() => {
      this.progress?.stop()
      if (!this.jsonEnabled()) process.stderr.write('Stopping after the step in hand; Ctrl-C again stops at once.\n')
    })
    const knownFlags = new Set(['json', ...Object.keys({...this.ctor.baseFlags, ...this.ctor.flags})])
    for (const command of this.config.commands) for (const name of Object.keys(command.flags)) knownFlags.add(name)
    const known = [...knownFlags].sort()
    this.sources = [environmentDefaults(process.env)]
    for (const folder of [process.cwd(), configFolder()])
      this.sources = [...this.sources, configFileDefaults(folder, known)]
  }

  override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const {baseFlags, flags, enableJsonFlag} = options ?? this.ctor
    const json = enableJsonFlag ? {json: {type: 'boolean', parse: async (value: boolean) => value}} : {}
    const definitions = {...json, ...baseFlags, ...flags} as Parameters<typeof withDefaults>[1]
    const output = await super.parse(options, await withDefaults(argv, definitions, this.sources))
    this.quiet = (output.flags as {quiet?: boolean}).quiet === true
    return output
  }

  /** Also true when the environment or a config file asks for it, and already before the flags are parsed. */
  override jsonEnabled(): boolean {
    if (super.jsonEnabled()) return true
    const asked = [environmentDefaults(process.env), ...this.sources].map((source) => source.get('json')?.value)
    return asked.some((value) => value !== undefined && truthOf(value) === true)
  }

  /** Text mode: at once on stderr. JSON mode: in the document's `warnings`. */
  override warn(input: Error | string): Error | string {
    this.warnings.push(messageOf(input))
    if (!this.jsonEnabled()) process.stderr.write(formatWarning(messageOf(input), this.errorLayout))
    return input
  }

  override log(message = ''): void {
    if (!this.jsonEnabled()) process.stdout.write(`${message}\n`)
  }

  override logToStderr(text = ''): void {
    if (!this.jsonEnabled()) process.stderr.write(text)
  }

  override logJson(document: unknown): void {
    process.stdout.write(formatDocument(document))
  }

  override toSuccessJson(result: unknown): unknown {
    return resultDocument(this.documentName, this.finalStatus, result, this.warnings)
  }

  /** What the schema of the JSON document is named after. */
  protected get documentName(): string {
    return this.id ?? ''
  }

  override async catch(error: Error): Promise<void> {
    const failure = failureOf(error, `vwt ${(this.id ?? '').replaceAll(':', ' ')} --help`)
    // A command line that the parser refuses counts as parsed: oclif would warn of a forgotten call under NODE_ENV=test.
    this.parsed = true
    writeFailure(failure, this.jsonEnabled(), this.argv)
  }

  override async finally(error: Error | undefined): Promise<void> {
    if (!error) process.exitCode = this.finalStatus
    this.interrupt?.release()
    await super.finally(error)
  }

  private get finalStatus(): DeliveredStatus {
    return this.signal.aborted ? 130 : this.status
  }

  protected get errorLayout(): Layout {
    return {width: process.stderr.columns || 80, paint: painterFor(process.stderr, this.argv)}
  }
}
