/** The diagnosis of a machine as a page of text. */
import type {EnergyMeter} from '../power/probe.js'
import type {DeviceReport} from '../runtime/devices.js'
import type {Diagnosis, FolderReport} from '../workflows/doctor.js'
import type {Machine} from '../workflows/machine.js'
import {formatList} from './list.js'
import {bytes, type Layout, milliseconds, printable} from './text.js'

/** @param version of vwt itself. */
export function formatDiagnosis(diagnosis: Diagnosis, version: string, layout: Layout): string {
  const {machine, q8, devices, meters, folders, models, vocabularies} = diagnosis
  const sections: [string, string][] = [
    ['Machine', formatList(machineItems(machine, q8, version), layout)],
    ['Devices', formatList(devices.map(deviceItem), layout)],
    ['Energy meters', formatList(meters.map(meterItem), layout)],
    ['Folders', formatList(folders.map(folderItem), layout)],
    [
      'Models',
      formatList(
        models.map(({name, source, path}) => ({label: name, text: `${source}, ${path}`})),
        layout,
      ),
    ],
    [
      'Vocabularies',
      formatList(
        vocabularies.map(({name, path}) => ({label: name, text: path})),
        layout,
      ),
    ],
  ]
  return sections.map(([title, body]) => `${layout.paint.bold(title)}\n${body || '  none'}`).join('\n\n')
}

const Q8: Readonly<Record<Diagnosis['q8'], string>> = {
  u8s8: 'u8s8, 8-bit weights: this processor adds integer products in 32 bits',
  u8s7: 'u8s7, 7-bit weights: without VNNI products are added in 16 bits, which wider ones overflow',
}

function machineItems(machine: Machine, q8: Diagnosis['q8'], version: string) {
  const {platform, release, arch, node, cpu, memoryBytes, threads} = machine
  const sets = Object.entries(cpu.instructions)
  const present = sets.filter(([, has]) => has).map(([name]) => name)
  const unknown = sets.every(([, has]) => has !== true) && sets.some(([, has]) => has === null)
  const limits = [
    `affinity ${threads.affinity}`,
    ...(threads.quota === null ? [] : [`quota ${threads.quota}`]),
    ...(threads.cores === null ? [] : [`physical cores ${threads.cores}`]),
  ]
  return [
    {label: 'vwt', text: `${version}, Node ${node}, ${platform} ${arch} (${release})`},
    {label: 'processor', text: cpu.model ?? 'unknown'},
    {label: 'instructions', text: unknown ? 'unknown' : present.join(' ') || 'none of those vwt profits from'},
    {label: 'q8', text: Q8[q8]},
    {label: 'threads', text: `${threads.allowed} (${limits.join(', ')})`},
    {label: 'memory', text: bytes(memoryBytes)},
  ]
}

function deviceItem({device, usable, reason, probeMs}: DeviceReport) {
  return {label: device, good: usable, text: usable ? `opens, probe ${milliseconds(probeMs ?? 0)}` : (reason ?? '')}
}

function meterItem({name, covers, grade, readable, reason, cure}: EnergyMeter) {
  const text = readable ? `readable, ${grade}` : `${reason}${cure ? `; ${cure}` : ''}`
  return {label: `${covers} (${name})`, good: readable, text}
}

function folderItem({purpose, path, exists, writable, bytes: size}: FolderReport) {
  const state = exists ? bytes(size) : 'not there yet'
  return {label: purpose, good: writable, text: `${printable(path)}, ${state}${writable ? '' : ', not writable'}`}
}
