import {Args} from '@oclif/core'
import type {ModelInfo} from '../../core/workflows/models.js'
import {VwtCommand} from '../base/command.js'

export default class ModelsInfo extends VwtCommand {
  static override summary = 'Describe a model: architecture, sizes, tokens, preprocessing, labels, files.'
  static override description = "The model's files are checked as before a run; the values of its weights are not read."
  static override examples = [
    '<%= config.bin %> models info mini',
    '<%= config.bin %> models info ./clip-vit-base-patch16 --json',
  ]
  static override args = {
    name: Args.string({description: 'Model name or folder.', required: true, ignoreStdin: true}),
  }

  async run(): Promise<ModelInfo> {
    const {args} = await this.parse(ModelsInfo)
    const {modelInfo} = await import('../../core/workflows/models.js')
    const {formatModelInfo} = await import('../../core/report/models.js')
    const info = await modelInfo(args.name)
    this.log(formatModelInfo(info, this.layout))
    return info
  }
}
