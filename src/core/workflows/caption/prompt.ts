/** How a caption begins: the start token, then the prompt's tokens. */
import {ModelError, UsageError} from '../../base/errors.js'
import type {BlipTextConfig} from '../../models/blip-config.js'
import type {ModelFolder} from '../../models/folder.js'
import type {Tokenizer} from '../../models/tokenizer.js'

/**
 * The prompt's ids as BLIP takes them: the tokenizer's first token gives way to the decoder's start token, its last is
 * left out.
 *
 * @param onWarning told which words of the prompt the model does not know.
 * @throws {UsageError} the prompt is longer than the model can place.
 * @throws {ModelError} the tokenizer is that of another model.
 */
export function promptIds(
  folder: ModelFolder<'blip'>,
  tokenizer: Tokenizer,
  prompt: string,
  onWarning: (message: string) => void = () => {},
): number[] {
  const {text} = folder.config
  const {ids, unknown, truncated, fullLength} = tokenizer.encode(prompt)
  if (truncated) {
    throw new UsageError(
      `The prompt should be at most ${text.maxPositions} tokens, all that ${folder.name} can place, but is ${fullLength}.`,
      {code: 'prompt-length', suggestions: ['Shorten the prompt.']},
    )
  }
  checkIds(ids, folder, text)
  if (unknown.length > 0) {
    const words = unknown.map((word) => `"${word}"`).join(', ')
    onWarning(`${folder.name} does not know ${words} in the prompt: what follows means little.`)
  }
  return [text.bosTokenId, ...ids.slice(1, -1)]
}

function checkIds(ids: readonly number[], {tokenizerFile}: ModelFolder, {vocabSize}: BlipTextConfig): void {
  const beyond = ids.find((id) => id >= vocabSize)
  if (beyond === undefined) return
  throw new ModelError(
    `${tokenizerFile} should give ids below ${vocabSize}, the vocab_size of the config, but gives ${beyond}.`,
    {code: 'model-tokenizer', suggestions: ['Take tokenizer.json and config.json from the same model.']},
  )
}
