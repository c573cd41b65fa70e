import {Args} from '@oclif/core'
import type {VocabularyInfo} from '../../core/workflows/vocabularies.js'
import {VwtCommand} from '../base/command.js'

export default class VocabInfo extends VwtCommand {
  static override summary = 'Describe a vocabulary: words, pixel space, what it was learned from.'
  static override description = 'All of the file is read and checked.'
  static override examples = [
    '<%= config.bin %> vocab info photos-1000',
    '<%= config.bin %> vocab info ./words.safetensors --json',
  ]
  static override args = {
    name: Args.string({description: 'Vocabulary name or file.', required: true, ignoreStdin: true}),
  }

  async run(): Promise<VocabularyInfo> {
    const {args} = await this.parse(VocabInfo)
    const {vocabularyInfo} = await import('../../core/workflows/vocabularies.js')
    const {formatVocabularyInfo} = await import('../../core/report/vocabularies.js')
    const info = await vocabularyInfo(args.name)
    this.log(formatVocabularyInfo(info, this.layout))
    return info
  }
}
