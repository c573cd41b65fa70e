import {Flags} from '@oclif/core'
import type {BuiltVocabulary} from '../core/workflows/build-vocab/build-vocab.js'
import {VwtCommand} from './base/command.js'
import {countFlag, imageFlags, imagesArg, modelFlags} from './base/flags.js'

export default class BuildVocab extends VwtCommand {
  static override summary = 'Learn visual words from images, for the method inter.'
  static override description =
    'Cuts the images into patches and clusters these by mini-batch k-means, in constant memory whatever the number of ' +
    'images. The same seed, images and threads give the same file to the byte. Every minute and on Ctrl-C a checkpoint ' +
    'is kept beside the file; the same command with --resume goes on from there to the identical result. Images that ' +
    'cannot be read are skipped and named, and the run ends with 1.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> photos --words 1000 --out words.safetensors',
    '<%= config.bin %> <%= command.id %> "photos/**/*.jpg" --words 10000 --passes 3 --crops 4 --out words-10000.safetensors',
    '<%= config.bin %> <%= command.id %> photos --words 1000 --out words.safetensors --resume',
  ]
  static override args = imagesArg
  static override flags = {
    words: countFlag({
      summary: 'Words to learn.',
      helpValue: 'N',
      min: 1,
      max: 100_000,
      unit: 'words',
      default: 1000,
    }),
    out: Flags.string({summary: 'File to write, ending in .safetensors.', helpValue: 'FILE', required: true}),
    patch: countFlag({
      summary: "Side of a patch, the model's own.",
      helpValue: 'PX',
      min: 1,
      max: 256,
      unit: 'pixels',
      default: 16,
    }),
    'image-size': countFlag({
      summary: 'Side of the square each image is resized and cropped to.',
      helpValue: 'PX',
      min: 1,
      max: 4096,
      unit: 'pixels',
      default: 224,
    }),
    passes: countFlag({
      summary: 'Times all images are gone through.',
      helpValue: 'N',
      min: 1,
      max: 10_000,
      unit: 'passes',
      default: 1,
    }),
    crops: countFlag({
      summary: "Views of each image in a pass: the model's own, then random parts of it.",
      helpValue: 'N',
      min: 1,
      max: 10_000,
      unit: 'views',
      default: 1,
    }),
    'patches-per-step': countFlag({
      summary: 'Patches of one step, at least three for each word; by default 16384, or that least if it is more.',
      helpValue: 'N',
      min: 3,
      max: 10_000_000,
      unit: 'patches',
    }),
    seed: countFlag({
      summary: 'Seed of the order, the crops and the first words.',
      helpValue: 'N',
      min: 0,
      max: 4_294_967_295,
      unit: 'seeds',
      default: 0,
    }),
    resume: Flags.boolean({summary: 'Go on from the checkpoint of a stopped build.', default: false}),
    'checkpoint-seconds': countFlag({
      summary: 'Seconds between two checkpoints.',
      helpValue: 'N',
      min: 0,
      max: 86_400,
      unit: 'seconds',
      default: 60,
    }),
    source: Flags.string({
      summary: 'Where the images come from, in words; kept in the file.',
      helpValue: 'TEXT',
    }),
    threads: modelFlags.threads,
    'max-pixels': imageFlags['max-pixels'],
  }

  async run(): Promise<BuiltVocabulary> {
    const {args, flags} = await this.parse(BuildVocab)
    const images = await this.images(args.image)
    const [{buildVocabulary}, {formatBuildProgress, formatBuiltVocabulary, formatSeedingProgress, formatSkipped}] =
      await Promise.all([
        import('../core/workflows/build-vocab/build-vocab.js'),
        import('../core/report/build-vocab.js'),
      ])
    const progress = this.startProgress('learned', images.length * flags.passes * flags.crops)
    try {
      const built = await buildVocabulary(images, {
        words: flags.words,
        out: flags.out,
        patch: flags.patch,
        imageSize: flags['image-size'],
        passes: flags.passes,
        crops: flags.crops,
        patchesPerStep: flags['patches-per-step'],
        seed: flags.seed,
        resume: flags.resume,
        checkpointSeconds: flags['checkpoint-seconds'],
        source: flags.source,
        threads: flags.threads,
        maxPixels: flags['max-pixels'],
        signal: this.signal,
        onProgress: (done) => progress.step(done.viewsDone, formatBuildProgress(done)),
        onSeeding: (found) => progress.step(0, formatSeedingProgress(found)),
        onWarning: (message) => this.warn(message),
      })
      progress.stop()
      if (built.skipped.length > 0) this.endWith(1)
      this.logToStderr(formatSkipped(built, this.errorLayout))
      this.log(formatBuiltVocabulary(built, this.layout))
      return built
    } finally {
      progress.stop()
    }
  }
}
