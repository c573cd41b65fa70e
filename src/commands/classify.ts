import {Flags} from '@oclif/core'
import type {Classification} from '../core/report/classify.js'
import {VwtCommand} from './base/command.js'
import {countFlag, imageFlags, imagesArg, listFlag, modelFlags, modelOptions} from './base/flags.js'
import {gatherImages} from './base/gather.js'

export default class Classify extends VwtCommand {
  static override summary = 'Say what images show, by comparing them with label texts (zero-shot).'
  static override description =
    'Each label is put into the prompt and read by the text tower, each image is seen by the vision tower with the ' +
    'method in it; the score is the softmax over all labels. Without labels the model brings its own. An image that ' +
    'cannot be read is named with the reason, the others go on, and the run ends with 1.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> cat.jpg',
    '<%= config.bin %> <%= command.id %> photos --labels "cat,dog,bird" --method intra:0.5 --top 3',
    '<%= config.bin %> <%= command.id %> "photos/**/*.jpg" --model ./clip-vit-base-patch16 --labels-file names.txt --json',
    '<%= config.bin %> <%= command.id %> - < cat.jpg',
  ]
  static override args = imagesArg
  static override flags = {
    labels: listFlag({
      summary: 'Labels to choose from, parted by commas.',
      helpValue: 'a,b,c',
      exclusive: ['labels-file'],
    }),
    'labels-file': Flags.string({
      summary: 'Text file with one label in each line.',
      helpValue: 'FILE',
      exclusive: ['labels'],
    }),
    prompt: Flags.string({
      summary: "Sentence around each label, {} in its place; by default the model's own.",
      helpValue: '"a photo of a {}"',
    }),
    top: countFlag({
      summary: 'Labels shown, best first.',
      helpValue: 'N',
      min: 1,
      max: 100_000,
      unit: 'labels',
      default: 5,
    }),
    ...modelFlags,
    ...imageFlags,
  }

  async run(): Promise<Classification> {
    const {args, flags} = await this.parse(Classify)
    const labels = flags['labels-file'] === undefined ? flags.labels : await this.labelsOf(flags['labels-file'])
    const images = await this.images(args.image)
    const {loadClassifier} = await import('../core/workflows/classify.js')
    const classifier = await loadClassifier({
      method: flags.method,
      labels,
      prompt: flags.prompt,
      ...modelOptions(flags),
      onWarning: (message) => this.warn(message),
    })
    try {
      const {batch, top} = flags
      const gathered = await gatherImages(
        classifier.classify(images, {batch, top, signal: this.signal}),
        this.startProgress('image', images.length),
        () => this.endWith(1),
      )
      const {model, method, device} = classifier
      const result = {model, method, device, images: gathered.images, ...gathered.stopped}
      await this.print(result)
      return result
    } finally {
      await classifier.release()
    }
  }

  private async print(result: Classification): Promise<void> {
    const [{formatClassification}, {formatImageFailures}] = await Promise.all([
      import('../core/report/classify.js'),
      import('../core/report/failed-images.js'),
    ])
    this.logToStderr(formatImageFailures(result.images, this.errorLayout))
    const text = formatClassification(result, this.layout)
    if (text !== '') this.log(text)
  }

  private async labelsOf(file: string): Promise<string[]> {
    return (await import('./base/labels.js')).readLabels(file)
  }
}
