import {mkdirSync, mkdtempSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {diagnose, inspectFolder} from '../../../src/core/workflows/doctor.js'

test('a folder is as large as its files, those of its folders too, links not followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vwt-doctor-'))
  mkdirSync(join(folder, 'below'))
  writeFileSync(join(folder, 'a'), 'x'.repeat(100))
  writeFileSync(join(folder, 'below', 'b'), 'x'.repeat(23))
  symlinkSync(join(folder, 'a'), join(folder, 'link'))
  expect(await inspectFolder(folder)).toEqual({exists: true, writable: true, bytes: 123})
})

test('a missing folder is writable when it could be made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vwt-doctor-'))
  writeFileSync(join(folder, 'file'), '')
  expect(await inspectFolder(join(folder, 'x', 'y'))).toEqual({exists: false, writable: true, bytes: 0})
  expect(await inspectFolder(join(folder, 'file', 'y'))).toEqual({exists: false, writable: false, bytes: 0})
})

test('the processor runs the probe and gives its time; every candidate that does not says why', async () => {
  const {devices, machine} = await diagnose()
  expect(devices.find(({device}) => device === 'cpu')).toMatchObject({usable: true, reason: null})
  for (const {usable, reason, probeMs} of devices) {
    if (usable) expect(probeMs).toBeGreaterThan(0)
    else expect(reason).toMatch(/\w/)
  }
  expect(machine.threads.allowed).toBeGreaterThanOrEqual(1)
})
