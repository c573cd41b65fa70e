/** The labels of a classification: checked, and put into the prompt. */
import {UsageError} from '../base/errors.js'
import type {ModelFolder} from '../models/folder.js'

export const DEFAULT_PROMPT = 'a photo of a {}'
const SLOT = '{}'

export type LabelSet = {
  readonly labels: readonly string[]
  /** What the text tower reads, one per label. */
  readonly texts: readonly string[]
}

/**
 * @param labels undefined takes the model's own.
 * @param prompt undefined takes the model's own, else `a photo of a {}`.
 * @throws {UsageError} no labels, an empty or repeated one, a prompt without a place for the label.
 */
export function chooseLabels(folder: ModelFolder, labels?: readonly string[], prompt?: string): LabelSet {
  const chosen = labels ?? folder.ownLabels?.labels
  if (!chosen) {
    throw new UsageError(`${folder.name} brings no labels of its own: say which ones to choose from.`, {
      code: 'labels-none',
      suggestions: ['--labels "cat,dog,bird"', '--labels-file labels.txt'],
    })
  }
  const trimmed = chosen.map((label) => label.trim())
  if (trimmed.length === 0)
    throw new UsageError('The list of labels should hold at least one, but is empty.', {
      code: 'labels-none',
      suggestions: ['--labels "cat,dog,bird"', '--labels-file labels.txt'],
    })
  const empty = trimmed.indexOf('')
  if (empty >= 0) {
    throw new UsageError(
      `Every label should be a word or a phrase, but label ${empty + 1} of ${trimmed.length} is empty.`,
      {
        code: 'label-empty',
        suggestions: ['Look for a comma or a line too many.'],
      },
    )
  }
  const repeated = trimmed.find((label, index) => trimmed.indexOf(label) < index)
  if (repeated !== undefined) {
    throw new UsageError(`Labels should differ, but "${repeated}" is named twice: its score would be split in two.`, {
      code: 'label-duplicate',
      suggestions: ['Name each label once.'],
    })
  }
  const template = prompt ?? folder.ownLabels?.prompt ?? DEFAULT_PROMPT
  if (!template.includes(SLOT)) {
    throw new UsageError(`The prompt should contain {} where the label goes, but is "${template}".`, {
      code: 'prompt-slot',
      suggestions: [`--prompt "${template.trim()} {}"`],
    })
  }
  return {labels: trimmed, texts: trimmed.map((label) => template.replaceAll(SLOT, label))}
}
