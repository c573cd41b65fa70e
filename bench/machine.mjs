// What every table of this folder starts with: the machine, its instruction sets, threads, load and versions.
import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {loadavg} from 'node:os'
import {describeMachine} from '../dist/core/workflows/machine.js'

/** One Markdown paragraph on stdout. @param packages names whose installed versions belong to the measurement. */
export function printMachine(packages = ['onnxruntime-node', 'sharp']) {
  const {cpu, platform, arch, node, memoryBytes, threads} = describeMachine()
  const sets = Object.entries(cpu.instructions).flatMap(([name, there]) => (there ? [name] : []))
  const facts = [
    `${cpu.model ?? 'unknown processor'} (${sets.join(', ')})`,
    `${threads.allowed} of ${cpu.logicalCount} threads`,
    `${Math.round(memoryBytes / 2 ** 30)} GiB`,
    `${platform} ${arch}`,
    `Node ${node.slice(1)}`,
    ...versionsOf(packages, createRequire(import.meta.url)),
    `load ${loadavg()[0].toFixed(2)} at the start`,
    new Date().toISOString().slice(0, 10),
  ]
  process.stdout.write(`${facts.join(' · ')}\n\n`)
}

/** `name version` of installed packages. @param from a `require` of the place that would load them. */
export function versionsOf(packages, from) {
  return packages.map((name) => `${name} ${versionOf(name, from)}`)
}

/** The version of an installed package, which need not export its package.json. */
function versionOf(name, from) {
  for (const root of from.resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${root}/${name}/package.json`, 'utf8')).version
    } catch {
      // The next folder up may hold it.
    }
  }
  return 'not installed'
}
