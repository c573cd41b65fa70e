import {expect, test} from 'vitest'
import {instructionSets} from '../../../src/core/workflows/machine.js'

test('an x86 processor is read from the flags line, and has no ARM sets', () => {
  const text = 'processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\nbugs\t\t: amx_tile\n'
  expect(instructionSets('linux', 'x64', text)).toEqual({
    avx2: true,
    avx512: true,
    vnni: true,
    amx: false,
    neon: false,
    dotprod: false,
    i8mm: false,
  })
})

test('AVX-VNNI without AVX-512 counts as vnni', () => {
  expect(instructionSets('linux', 'x64', 'flags : avx2 avx_vnni')).toMatchObject({avx512: false, vnni: true})
})

test('an ARM processor is read from the Features line', () => {
  const sets = instructionSets('linux', 'arm64', 'Features\t: fp asimd asimddp')
  expect(sets).toMatchObject({avx2: false, neon: true, dotprod: true, i8mm: false})
})

test('macOS answers by sysctl, where 0 means no', () => {
  const text = 'hw.optional.arm.FEAT_DotProd: 1\nhw.optional.arm.FEAT_I8MM: 0\n'
  expect(instructionSets('darwin', 'arm64', text)).toMatchObject({neon: true, dotprod: true, i8mm: false})
})

test('what cannot be read is unknown, not absent', () => {
  expect(instructionSets('win32', 'x64', undefined)).toMatchObject({avx2: null, vnni: null, neon: false})
})
