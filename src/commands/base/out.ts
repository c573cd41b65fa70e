/** `--out FILE`: a result as a file whose ending says its form, written whole or not at all. */
import {access, constants, stat} from 'node:fs/promises'
import {dirname, extname, resolve} from 'node:path'
import {Flags} from '@oclif/core'
import {messageOf, UsageError} from '../../core/base/errors.js'

/** What can be written: the text is only made for the form asked for. */
export type OutForms = Readonly<Record<string, () => string>>

/** Refuses before the work begins what could not be written after it. */
export const outFlag = Flags.custom<string, {endings: readonly string[]}>({
  async parse(input, _context, {name, endings}) {
    if (!endings.includes(endingOf(input))) {
      throw new UsageError(`--${name} should be a file that ends in ${listed(endings)}, but is ${input}.`, {
        code: 'out-ending',
      })
    }
    await checkWritable(input)
    return input
  },
})

/** @param forms by ending; that of `file` is one of them. @throws {UsageError} `write-failed`. */
export async function writeOut(file: string, forms: OutForms): Promise<void> {
  const {writeAtomically} = await import('../../core/weights/write.js')
  const text = forms[endingOf(file)]!()
  await writeAtomically(file, async (handle) => handle.writeFile(text))
}

function endingOf(file: string): string {
  return extname(file).slice(1).toLowerCase()
}

function listed(endings: readonly string[]): string {
  const dotted = endings.map((ending) => `.${ending}`)
  return dotted.length === 1 ? dotted[0]! : `${dotted.slice(0, -1).join(', ')} or ${dotted.at(-1)}`
}

/** Folders that are missing will be made, so the nearest one that exists must take them. */
async function checkWritable(file: string): Promise<void> {
  const target = resolve(file)
  const found = await stat(target).catch(() => undefined)
  if (found?.isDirectory()) throw refuse(file, 'it is a folder')
  let folder = dirname(target)
  while (folder !== dirname(folder) && !(await stat(folder).catch(() => undefined))) folder = dirname(folder)
  if (!(await stat(folder)).isDirectory()) throw refuse(file, `${folder} is a file`)
  try {
    await access(folder, constants.W_OK)
  } catch (error) {
    throw refuse(file, messageOf(error))
  }
}

function refuse(file: string, why: string): UsageError {
  return new UsageError(`${file} cannot be written: ${why}.`, {
    code: 'write-failed',
    suggestions: ['Name a file in a folder you may write to.'],
  })
}
