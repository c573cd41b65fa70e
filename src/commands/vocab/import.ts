import {Args, Flags} from '@oclif/core'
import type {ImportedVocabulary} from '../../core/workflows/vocabularies.js'
import {VwtCommand} from '../base/command.js'

export default class VocabImport extends VwtCommand {
  static override summary = "Take over words that PyTorch saved, such as the VWT authors' vocab.pt."
  static override description =
    "Reads one tensor [words, 3 · P · P] of torch.save in CLIP's normalised pixel space, without Python and without " +
    'running anything the file says; a file that holds more than a tensor is refused with the reason.'
  static override examples = [
    '<%= config.bin %> vocab import vocab.pt --name imagenet-1000',
    '<%= config.bin %> vocab import vocab.pt --out imagenet-1000.safetensors',
  ]
  static override args = {
    file: Args.string({description: 'File of torch.save.', required: true, ignoreStdin: true}),
  }
  static override flags = {
    name: Flags.string({
      summary: "What --vocab will call it, in vwt's data folder; by default the file's name.",
      helpValue: 'NAME',
      exclusive: ['out'],
    }),
    out: Flags.string({summary: 'Write this file instead.', helpValue: 'FILE'}),
  }

  async run(): Promise<ImportedVocabulary> {
    const {args, flags} = await this.parse(VocabImport)
    const {importVocabulary} = await import('../../core/workflows/vocabularies.js')
    const {formatImportedVocabulary} = await import('../../core/report/vocabularies.js')
    const imported = await importVocabulary(args.file, {name: flags.name, out: flags.out})
    this.log(formatImportedVocabulary(imported, this.layout))
    return imported
  }
}
