import type {ModelList} from '../../core/workflows/models.js'
import {VwtCommand} from '../base/command.js'

export default class ModelsList extends VwtCommand {
  static override summary = 'List the models at hand and where they lie.'
  static override description =
    "Models shipped with vwt, in vwt's data folder and in the Hugging Face cache. --model also takes any folder that " +
    'holds config.json, model.safetensors, tokenizer.json and preprocessor_config.json.'
  static override examples = ['<%= config.bin %> models list']

  async run(): Promise<ModelList> {
    await this.parse(ModelsList)
    const {listModels} = await import('../../core/workflows/models.js')
    const {formatModelList} = await import('../../core/report/models.js')
    const list = await listModels()
    this.log(formatModelList(list, this.layout))
    return list
  }
}
