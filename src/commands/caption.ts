import {Flags} from '@oclif/core'
import {UsageError} from '../core/base/errors.js'
import type {Captions} from '../core/report/caption.js'
import {VwtCommand} from './base/command.js'
import {countFlag, imageFlags, imagesArg, modelFlag, modelFlags, modelOptions, numberFlag} from './base/flags.js'
import {gatherImages} from './base/gather.js'
import {type LiveCaption, startLiveCaption} from './base/live-caption.js'

export default class Caption extends VwtCommand {
  static override summary = 'Say in a sentence what images show.'
  static override description =
    'The vision tower sees the image with the method in it, the decoder writes one token after the other (beam search). ' +
    'On a terminal the caption appears as it is written. An image that cannot be read is named with the reason, the ' +
    'others go on, and the run ends with 1.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> photo.jpg',
    '<%= config.bin %> <%= command.id %> photos --method intra:0.5 --batch 8 --json',
    '<%= config.bin %> <%= command.id %> photo.jpg --prompt "a picture of"',
    '<%= config.bin %> <%= command.id %> photo.jpg --model ./blip-image-captioning-base --length-penalty 2 --max-length 40',
  ]
  static override args = imagesArg
  static override flags = {
    beams: countFlag({
      summary: 'Captions followed at a time; 1 takes the likeliest token each time.',
      helpValue: 'N',
      min: 1,
      max: 64,
      unit: 'captions',
      default: 3,
    }),
    'max-length': countFlag({
      summary: 'Tokens of the longest caption; start, prompt and end count.',
      helpValue: 'N',
      min: 2,
      max: 100_000,
      unit: 'tokens',
      default: 20,
    }),
    'min-length': countFlag({
      summary: 'Tokens before which no caption ends; start and prompt count.',
      helpValue: 'N',
      min: 0,
      max: 100_000,
      unit: 'tokens',
      default: 5,
    }),
    'length-penalty': numberFlag({
      summary: 'Above 0 favours long captions, below 0 short ones; takes effect with two beams or more.',
      helpValue: 'X',
      min: -10,
      max: 10,
      default: 1,
    }),
    'repetition-penalty': numberFlag({
      summary: 'Above 1 words come again less often.',
      helpValue: 'X',
      min: 0.01,
      max: 100,
      default: 1,
    }),
    prompt: Flags.string({summary: 'How every caption begins.', helpValue: 'TEXT'}),
    ...modelFlags,
    model: modelFlag('mini-caption'),
    ...imageFlags,
  }

  async run(): Promise<Captions> {
    const {args, flags} = await this.parse(Caption)
    checkPrompt(flags.prompt)
    const images = await this.images(args.image)
    const {loadCaptioner} = await import('../core/workflows/caption/caption.js')
    const onWarning = (message: string) => void this.warn(message)
    const captioner = await loadCaptioner({method: flags.method, ...modelOptions(flags), onWarning})
    try {
      const live = this.startLive(images.length)
      const captions = captioner.caption(images, {
        beams: flags.beams,
        maxLength: flags['max-length'],
        minLength: flags['min-length'],
        lengthPenalty: flags['length-penalty'],
        repetitionPenalty: flags['repetition-penalty'],
        prompt: flags.prompt,
        batch: flags.batch,
        signal: this.signal,
        onToken: live?.token,
      })
      const progress = live ?? this.startProgress('image', images.length)
      const gathered = await gatherImages(captions, progress, () => this.endWith(1))
      const {model, method, device} = captioner
      const result = {model, method, device, images: gathered.images, ...gathered.stopped}
      await this.print(result)
      return result
    } finally {
      await captioner.release()
    }
  }

  /** Undefined where the result or the progress is not for a terminal, or the terminal cannot draw over a line. */
  private startLive(total: number): LiveCaption | undefined {
    if (this.progressKind !== 'bar' || !process.stdout.isTTY || process.env.TERM === 'dumb') return undefined
    return this.follow(startLiveCaption(total, process.stderr, this.errorLayout.paint))
  }

  private async print(result: Captions): Promise<void> {
    const [{formatCaptions}, {formatImageFailures}] = await Promise.all([
      import('../core/report/caption.js'),
      import('../core/report/failed-images.js'),
    ])
    this.logToStderr(formatImageFailures(result.images, this.errorLayout))
    const text = formatCaptions(result, this.layout)
    if (text !== '') this.log(text)
  }
}

/** `classify` has a flag of the same name, and settings files serve both. @throws {UsageError} it is one of those. */
function checkPrompt(prompt: string | undefined): void {
  if (!prompt?.includes('{}')) return
  throw new UsageError(`--prompt should be how a caption begins, but is a frame for labels: ${prompt}.`, {
    code: 'prompt-slot',
    suggestions: ['Leave {} out: --prompt "a photo of".'],
  })
}
