// Asked by src/core/runtime/devices.ts, in a process of its own: does a device open, and does it give the processor's
// numbers? Reads one JSON request on stdin, writes one JSON line on stdout: {ms} or {error}.
import {readFileSync} from 'node:fs'
import runtime from 'onnxruntime-node'

const TOLERANCE = 1e-3

async function answer() {
  const request = JSON.parse(readFileSync(0, 'utf8'))
  const graph = Buffer.from(request.graph, 'base64')
  const input = new runtime.Tensor('float32', Float32Array.from(request.input.data), request.input.dims)
  const expected = await runOn('cpu', graph, request.input.name, input)
  const got = request.device === 'cpu' ? expected : await runOn(request.device, graph, request.input.name, input)
  const worst = got.data.reduce((most, value, index) => Math.max(most, Math.abs(value - expected.data[index])), 0)
  if (!(worst <= TOLERANCE)) return {error: `its results differ from the processor's by ${worst}`}
  return {ms: got.ms}
}

/** Median of five runs after a warm-up, or of as many as fit into a second and a half: software drivers are slow. */
async function runOn(device, graph, name, input) {
  const session = await runtime.InferenceSession.create(graph, {executionProviders: [device], logSeverityLevel: 4})
  const begin = performance.now()
  let result = await session.run({[name]: input})
  const samples = [performance.now() - begin]
  while (samples.length <= 5 && performance.now() - begin < 1500) {
    const start = performance.now()
    result = await session.run({[name]: input})
    samples.push(performance.now() - start)
  }
  const warm = samples.length > 1 ? samples.slice(1) : samples
  return {data: Object.values(result)[0].data, ms: warm.sort((a, b) => a - b)[Math.floor(warm.length / 2)]}
}

try {
  process.stdout.write(`${JSON.stringify(await answer())}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({error: error.message})}\n`)
}
