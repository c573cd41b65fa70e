/** Idle pool threads that spin burn energy which a meter charges to whatever comes next. */
import {expect, test, vi} from 'vitest'
import {openSession} from '../../../src/core/runtime/session.js'

const created: unknown[] = []
vi.mock('onnxruntime-node', () => ({
  default: undefined,
  env: {},
  InferenceSession: {
    create: async (_graph: unknown, options: unknown) => {
      created.push(options)
      return {run: async () => ({}), release: async () => {}}
    },
  },
}))

test('every session is opened with threads that do not spin', async () => {
  const graph = {name: 'empty', bytes: new Uint8Array(1), externalFiles: [], inputs: [], outputs: []}
  for (const device of ['cpu', 'webgpu', 'cuda'] as const) await openSession(graph, {device, threads: 2})
  expect(created).toHaveLength(3)
  const still = {intra_op: {allow_spinning: '0'}, inter_op: {allow_spinning: '0'}}
  for (const options of created) expect(options).toMatchObject({extra: {session: still}})
})
