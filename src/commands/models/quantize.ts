import {Args, Flags} from '@oclif/core'
import type {Quantization} from '../../core/workflows/quantize.js'
import {VwtCommand} from '../base/command.js'
import {imageFlags, modelFlags, numberFlag} from '../base/flags.js'

export default class ModelsQuantize extends VwtCommand {
  static override summary = "Make a model's int8 weights for --method q8 now, smoothed by a few images if wanted."
  static override description =
    'Without this command q8 makes them at its first use, without images. With --calibrate a handful of images is run ' +
    'through the model; channels whose values lie far outside the others are scaled down and the weights behind them ' +
    'up (SmoothQuant), which changes nothing in float and makes int8 more exact. The file lies beside the model, or in ' +
    "vwt's cache where that folder cannot be written, and is made anew when the model's weights change."
  static override examples = [
    '<%= config.bin %> <%= command.id %> mini',
    '<%= config.bin %> <%= command.id %> ./clip-vit-base-patch16 --calibrate photos/*.jpg',
  ]
  static override args = {
    name: Args.string({description: 'Model name or folder.', required: true, ignoreStdin: true}),
  }
  static override flags = {
    calibrate: Flags.string({
      summary: 'Images like those to come; 8 to 32 are enough.',
      helpValue: 'IMAGE...',
      multiple: true,
    }),
    alpha: numberFlag({
      summary: 'How much of the spread moves into the weights, 0 to 1; by default 0.5.',
      helpValue: 'X',
      min: 0,
      max: 1,
      dependsOn: ['calibrate'],
    }),
    threads: modelFlags.threads,
    ...imageFlags,
  }

  async run(): Promise<Quantization> {
    const {args, flags} = await this.parse(ModelsQuantize)
    const images = flags.calibrate ? await this.images(flags.calibrate) : []
    const {quantizeModel} = await import('../../core/workflows/quantize.js')
    const progress = this.startProgress('image', images.length)
    try {
      const result = await quantizeModel({
        model: args.name,
        calibrate: images,
        alpha: flags.alpha,
        threads: flags.threads,
        preprocess: flags.preprocess,
        maxPixels: flags['max-pixels'],
        onImage: (done, path) => progress.step(done, path),
        signal: this.signal,
      })
      progress.stop()
      if (result.failed.length > 0) this.endWith(1)
      await this.print(result)
      return result
    } finally {
      progress.stop()
    }
  }

  private async print(result: Quantization): Promise<void> {
    const {formatImageFailures} = await import('../../core/report/failed-images.js')
    const {formatQuantization} = await import('../../core/report/quantize.js')
    this.logToStderr(formatImageFailures(result.failed, this.errorLayout))
    this.log(formatQuantization(result, this.layout))
  }
}
