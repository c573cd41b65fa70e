/** What a measurement or a fault report must say about the machine it comes from. */

import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {arch, cpus, platform, release, totalmem} from 'node:os'
import {type ThreadLimits, threadLimits} from '../runtime/threads.js'

/**
 * Instruction sets that decide how fast and, for int8, with which result a model runs; null where they cannot be
 * read. `vnni` stands for AVX512-VNNI or AVX-VNNI, `dotprod` and `i8mm` are their ARM counterparts.
 */
export type InstructionSets = {
  readonly avx2: boolean | null
  readonly avx512: boolean | null
  readonly vnni: boolean | null
  readonly amx: boolean | null
  readonly neon: boolean | null
  readonly dotprod: boolean | null
  readonly i8mm: boolean | null
}

export type Machine = {
  readonly platform: string
  readonly release: string
  readonly arch: string
  readonly node: string
  readonly cpu: {readonly model: string | null; readonly logicalCount: number; readonly instructions: InstructionSets}
  readonly memoryBytes: number
  readonly threads: ThreadLimits
}

export function describeMachine(): Machine {
  const list = cpus()
  return {
    platform: platform(),
    release: release(),
    arch: arch(),
    node: process.version,
    cpu: {
      model: list[0]?.model.trim() || null,
      logicalCount: list.length,
      instructions: instructionSets(platform(), arch(), readFeatureText()),
    },
    memoryBytes: totalmem(),
    threads: threadLimits(),
  }
}

/** @param text `/proc/cpuinfo` on Linux, `sysctl hw.optional` on macOS; undefined when neither could be had. */
export function instructionSets(os: string, architecture: string, text: string | undefined): InstructionSets {
  const isX86 = architecture === 'x64' || architecture === 'ia32'
  const isArm = architecture === 'arm64' || architecture === 'arm'
  const words = os === 'darwin' ? trueSysctls(text) : featureWords(text)
  const has = (applies: boolean, ...names: string[]): boolean | null => {
    if (!applies && (isX86 || isArm)) return false
    return words ? names.some((name) => words.has(name)) : null
  }
  return {
    avx2: has(isX86, 'avx2', 'hw.optional.avx2_0'),
    avx512: has(isX86, 'avx512f', 'hw.optional.avx512f'),
    vnni: has(isX86, 'avx512_vnni', 'avx_vnni', 'hw.optional.avx512vnni'),
    amx: has(isX86, 'amx_tile'),
    neon: architecture === 'arm64' ? true : has(isArm, 'neon', 'asimd'),
    dotprod: has(isArm, 'asimddp', 'hw.optional.arm.feat_dotprod'),
    i8mm: has(isArm, 'i8mm', 'hw.optional.arm.feat_i8mm'),
  }
}

/** The words of the first `flags` (x86) or `Features` (ARM) line; all processors of a machine share them. */
function featureWords(text: string | undefined): Set<string> | undefined {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text ?? '')?.[1]
  return line === undefined ? undefined : new Set(line.split(/\s+/))
}

function trueSysctls(text: string | undefined): Set<string> | undefined {
  if (!text) return undefined
  return new Set([...text.matchAll(/^(\S+):\s*1$/gm)].map((match) => match[1]!.toLowerCase()))
}

function readFeatureText(): string | undefined {
  try {
    if (platform() === 'linux') return readFileSync('/proc/cpuinfo', 'utf8')
    if (platform() === 'darwin') return spawnSync('sysctl', ['hw.optional'], {encoding: 'utf8', timeout: 5000}).stdout
  } catch {
    // Unknown is an answer here: the fields become null.
  }
  return undefined
}
