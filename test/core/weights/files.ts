/** Safetensors files put together by hand, byte by byte, for tests. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {onTestFinished} from 'vitest'

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vwt-weights-'))
  onTestFinished(() => rmSync(folder, {recursive: true, force: true}))
  return folder
}

/** Header length, header, data. `headerLength` lies about the first 8 bytes. */
export function safetensorsBytes(header: string | Uint8Array, data: Uint8Array, headerLength?: bigint): Buffer {
  const text = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(headerLength ?? BigInt(text.length))
  return Buffer.concat([length, text, data])
}

/** A folder with this model.safetensors. */
export function folderWith(bytes: Uint8Array, name = 'model.safetensors'): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), bytes)
  return folder
}
