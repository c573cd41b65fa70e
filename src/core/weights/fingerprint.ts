/** What a file made from weights remembers of them, to know later whether they are still the same. */
import {createHash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {stat} from 'node:fs/promises'
import {basename} from 'node:path'

/** Names, sizes and times of change: cheap, and equal only for files nobody has touched. */
export async function stampFiles(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map(async (file) => {
      const {size, mtimeMs} = await stat(file)
      return [basename(file), size, Math.trunc(mtimeMs)]
    }),
  )
  return JSON.stringify(stamps)
}

/** SHA-256 over the bytes of all files in their order, hexadecimal: about half a second for each gigabyte. */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) {
    for await (const piece of createReadStream(file, {highWaterMark: 4 * 1024 * 1024})) hash.update(piece as Buffer)
  }
  return hash.digest('hex')
}
