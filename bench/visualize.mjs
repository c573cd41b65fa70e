// Pictures: how long one of a 12-megapixel photo takes behind inference, and whether many stream in constant memory.
//   npm run build && node bench/visualize.mjs PHOTOS [PICTURES]
// PHOTOS is a folder; its first photo, enlarged to 4032 × 3024, is the large one. PICTURES of the second part: 1,000.
// Goals: `match` in at most 400 ms, from the trace to the PNG on disk; resident memory that does not grow.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import sharp from 'sharp'
import {encodeDrawing} from '../dist/core/render/encode.js'
import {ColourBook} from '../dist/core/render/palette.js'
import {drawPicture} from '../dist/core/render/picture.js'
import {visualize} from '../dist/core/render/visualize.js'
import {writeAtomically} from '../dist/core/weights/write.js'
import {loadPatchViewer} from '../dist/core/workflows/visualize.js'
import {printMachine} from './machine.mjs'
import {median, printTable, usage} from './measure.mjs'

const [folder, pictureCount = '1000'] = process.argv.slice(2)
if (folder === undefined) usage('node bench/visualize.mjs PHOTOS [PICTURES]')
const photos = readdirSync(folder)
  .filter((name) => /\.(jpe?g|png)$/i.test(name))
  .map((name) => join(folder, name))
const scratch = mkdtempSync(join(tmpdir(), 'vwt-bench-'))
const REPEATS = 7

/** Milliseconds of each step, the first picture left out: it loads the code. */
async function timeLarge(kind) {
  const large = join(scratch, 'large.jpg')
  await sharp(photos[0]).resize(4032, 3024, {fit: 'cover', kernel: 'cubic'}).jpeg({quality: 92}).toFile(large)
  const viewer = await loadPatchViewer({kind, device: 'cpu'})
  const times = []
  const [book, memory] = [new ColourBook(), {}]
  for await (const photo of viewer.view(Array(REPEATS + 1).fill(large))) {
    const start = performance.now()
    const cpu = process.cpuUsage()
    const drawing = await drawPicture(photo, kind, {book})
    const drawn = performance.now()
    const bytes = await encodeDrawing(drawing, 'png', memory)
    const encoded = performance.now()
    await writeAtomically(join(scratch, 'large.png'), async (handle) => handle.writeFile(bytes))
    const end = performance.now()
    const {user, system} = process.cpuUsage(cpu)
    times.push({
      plan: drawn - start,
      encode: encoded - drawn,
      write: end - encoded,
      all: end - start,
      cpu: (user + system) / 1000,
      bytes: bytes.length,
    })
  }
  await viewer.release()
  return times.slice(1)
}

/** Resident megabytes behind every tenth part of the pictures. */
async function watchMemory(count) {
  const images = Array.from({length: count}, (_, index) => photos[index % photos.length])
  const resident = []
  let done = 0
  for await (const event of visualize(images, {kind: 'match', device: 'cpu', out: scratch})) {
    if ('error' in event) throw new Error(event.error.message)
    rmSync(event.pictures[0].path)
    done += 1
    if (done % Math.ceil(count / 10) === 0) resident.push([done, Math.round(process.memoryUsage.rss() / 2 ** 20)])
  }
  return resident
}

printMachine()
const rows = []
for (const kind of ['match', 'drop', 'merge']) {
  const times = await timeLarge(kind)
  const of = (part) => `${median(times.map((time) => time[part])).toFixed(0)} ms`
  const worst = `${Math.max(...times.map(({all}) => all)).toFixed(0)} ms`
  rows.push([
    kind,
    of('plan'),
    of('encode'),
    of('write'),
    of('all'),
    worst,
    of('cpu'),
    `${(times[0].bytes / 1e6).toFixed(1)} MB`,
  ])
}
printTable(['kind, 12 megapixels', 'plan', 'pixels and PNG', 'write', 'all', 'worst', 'processor', 'file'], rows)
if (Number(pictureCount) > 0) {
  const resident = await watchMemory(Number(pictureCount))
  printTable(
    ['pictures drawn', 'resident memory'],
    resident.map(([done, megabytes]) => [done, `${megabytes} MiB`]),
  )
}
rmSync(scratch, {recursive: true})
