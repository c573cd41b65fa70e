import type {VocabularyList} from '../../core/workflows/vocabularies.js'
import {VwtCommand} from '../base/command.js'

export default class VocabList extends VwtCommand {
  static override summary = 'List the vocabularies at hand and where they lie.'
  static override description =
    "Vocabularies shipped with vwt and in vwt's data folder. --vocab also takes any file of build-vocab or vocab import."
  static override examples = ['<%= config.bin %> vocab list']

  async run(): Promise<VocabularyList> {
    await this.parse(VocabList)
    const {listVocabularies} = await import('../../core/workflows/vocabularies.js')
    const {formatVocabularyList} = await import('../../core/report/vocabularies.js')
    const list = await listVocabularies()
    this.log(formatVocabularyList(list, this.layout))
    return list
  }
}
