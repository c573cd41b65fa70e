/** A machine of files, GPUs and printed lines, whose time passes only when somebody waits. */
import type {Line, LineSource, Program} from '../../../src/core/power/lines.js'
import {type NvmlDevice, NvmlError, type NvmlLibrary} from '../../../src/core/power/nvml-library.js'
import type {PowerWorld} from '../../../src/core/power/world.js'

export const DENIED = Object.assign(new Error('permission denied'), {code: 'EACCES'})
const ABSENT = Object.assign(new Error('no such file'), {code: 'ENOENT'})

/** A file's content, what reading it throws, or what it holds now. */
export type Content = string | Error | (() => string)

export class FakeMachine implements PowerWorld {
  nowMs = 1_000_000
  platform = 'linux'
  isRoot = false
  env: Readonly<Record<string, string | undefined>> = {}
  files: Record<string, Content> = {}
  /** Undefined: there is no driver. */
  gpus: FakeGpu[] | undefined
  libraryClosed = 0
  /** What nvidia-smi prints when it is asked with these fields; undefined: there is none. */
  smi: ((args: readonly string[]) => string | undefined) | undefined
  /** What a program prints between two moments. */
  printed: (fromMs: number, toMs: number) => readonly Line[] = () => []
  /** How programs ended. */
  ended: string | null = null
  readonly programs: Program[] = []
  sourcesClosed = 0

  readonly now = () => this.nowMs
  readonly sleep = async (ms: number) => {
    this.nowMs += ms
  }

  listFolder(path: string): string[] {
    const names = Object.keys(this.files).filter((file) => file.startsWith(`${path}/`))
    if (names.length === 0) throw ABSENT
    return [...new Set(names.map((file) => file.slice(path.length + 1).split('/')[0]!))]
  }

  readText(path: string): string {
    const content = this.files[path] ?? ABSENT
    if (content instanceof Error) throw content
    return typeof content === 'string' ? content : content()
  }

  async run(_program: string, args: readonly string[]): Promise<string | undefined> {
    return this.smi?.(args)
  }

  async loadNvml(): Promise<NvmlLibrary> {
    if (!this.gpus) throw new Error('no NVIDIA driver: libnvidia-ml.so.1: not found')
    const devices = this.gpus.map((gpu) => gpu.device(this))
    return {
      devices,
      close: () => {
        this.libraryClosed += 1
      },
    }
  }

  openLines(program: Program): LineSource {
    this.programs.push(program)
    let takenMs = this.nowMs
    return {
      take: async () => {
        const lines = this.printed(takenMs, this.nowMs)
        takenMs = this.nowMs
        return {lines, ended: this.ended}
      },
      close: async () => {
        this.sourcesClosed += 1
      },
    }
  }

  /** Zones of a powercap tree: folder name to its files. */
  addZones(zones: Readonly<Record<string, {name: string; energy: Content; range?: number}>>): void {
    for (const [folder, {name, energy, range}] of Object.entries(zones)) {
      const path = `/sys/class/powercap/${folder}`
      this.files[`${path}/name`] = `${name}\n`
      this.files[`${path}/energy_uj`] = energy
      if (range !== undefined) this.files[`${path}/max_energy_range_uj`] = `${range}\n`
    }
  }
}

/** A GPU whose counter is renewed every 100 ms, and draws what it draws. */
export class FakeGpu {
  /** Millijoules at time 0 of the machine. */
  startMillijoules = 0
  /** NVML status that reading the counter answers with. */
  status = 0
  isFrozen = false

  constructor(
    readonly name: string,
    public watts: number,
    readonly uuid = `GPU-${name}`,
  ) {}

  device(machine: FakeMachine): NvmlDevice {
    const check = (call: string) => {
      if (this.status !== 0) throw new NvmlError(this.status, call)
    }
    return {
      name: this.name,
      uuid: this.uuid,
      readEnergyMillijoules: () => {
        check('nvmlDeviceGetTotalEnergyConsumption')
        const seenMs = this.isFrozen ? 0 : Math.floor(machine.nowMs / 100) * 100
        return Math.round(this.startMillijoules + this.watts * seenMs)
      },
      describe: () => ({limitWatts: 700}),
      readPowerMilliwatts: () => {
        check('nvmlDeviceGetPowerUsage')
        return this.watts * 1000
      },
    }
  }
}
