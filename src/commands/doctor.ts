import type {Diagnosis} from '../core/workflows/doctor.js'
import {VwtCommand} from './base/command.js'

export default class Doctor extends VwtCommand {
  static override summary = 'Show what vwt finds on this machine, and why the rest cannot be used.'
  static override description =
    'Platform and threads, devices that really open (each is tried), energy meters that can be read, cache and model ' +
    'folders, models and vocabularies at hand. Ends with 5 when not even the processor can run a model.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json']

  async run(): Promise<Diagnosis & {readonly version: string}> {
    await this.parse(Doctor)
    const {diagnose} = await import('../core/workflows/doctor.js')
    const {formatDiagnosis} = await import('../core/report/doctor.js')
    const diagnosis = await diagnose()
    const {version} = this.config
    if (!diagnosis.devices.some(({usable}) => usable)) this.endWith(5)
    this.log(formatDiagnosis(diagnosis, version, this.layout))
    return {version, ...diagnosis}
  }
}
