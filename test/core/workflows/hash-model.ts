/** The language model of test/fixtures/generation/make_generation.py, told again: logits hashed from whole numbers. */
import type {NextTokenScores} from '../../../src/core/workflows/caption/generation.js'

const EOS = 1

function mix(value: number): number {
  let hash = value >>> 0
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x7feb352d) >>> 0
  hash ^= hash >>> 15
  hash = Math.imul(hash >>> 0, 0x846ca68b) >>> 0
  return (hash ^ (hash >>> 16)) >>> 0
}

export function logitsOf(image: number, ids: readonly number[], vocabSize: number): number[] {
  let state = mix(image + 1)
  for (const token of ids.slice(-2)) state = mix(state ^ (token + 17))
  const steepness = 1 + (image % 3)
  const row = Array.from(
    {length: vocabSize},
    (_, token) => ((mix(state ^ Math.imul(token + 1, 0x9e3779b1)) & 0xfffff) / 2 ** 18 - 2) * steepness,
  )
  row[EOS]! += ((mix(image + 1000) % 13) - 8) / 4
  return row
}

/** Keeps what each row has been fed, as a decoder's cache does, and follows `parents`. */
export class HashModel implements NextTokenScores {
  private rows: number[][] = []
  steps = 0

  constructor(
    readonly vocabSize: number,
    private readonly images: readonly number[],
    private readonly kind: 'logits' | 'log-probabilities',
  ) {}

  async step(ids: readonly (readonly number[])[], parents: readonly number[] | undefined): Promise<Float32Array> {
    this.steps += 1
    this.rows = ids.map((added, row) => [...(parents ? this.rows[parents[row]!]! : []), ...added])
    const perImage = ids.length / this.images.length
    const scores = new Float32Array(ids.length * this.vocabSize)
    for (const [place, row] of this.rows.entries()) {
      const logits = logitsOf(this.images[Math.floor(place / perImage)]!, row, this.vocabSize)
      scores.set(this.kind === 'logits' ? logits : logSoftmax(logits), place * this.vocabSize)
    }
    return scores
  }
}

function logSoftmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits)
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0)) + highest
  return logits.map((logit) => logit - total)
}
