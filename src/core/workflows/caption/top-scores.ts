/** The best few of very many scores, found in one pass over typed arrays: nothing is sorted, nothing made per entry. */
import {checkInternal} from '../../base/check.js'

/**
 * Keeps the `size` highest scores offered, best first; of equal ones the one offered earlier stays in front. Rows are
 * offered in order, so ties fall to the lower row and then to the lower position, as in torch.topk on the processor
 * where it keeps an order at all.
 */
export class TopScores {
  readonly scores: Float32Array
  /** Row each score was offered with. */
  readonly rows: Int32Array
  /** Place of each score in its row. */
  readonly positions: Int32Array
  /** Scores held, up to `size`. */
  count = 0
  /** Whether a value offered was not a number; such values are never kept. */
  sawNaN = false

  constructor(private readonly size: number) {
    checkInternal(size > 0, `The best ${size} scores were asked for.`)
    this.scores = new Float32Array(size)
    this.rows = new Int32Array(size)
    this.positions = new Int32Array(size)
  }

  /**
   * @param values float32; every one counts as itself plus `base`, rounded to float32.
   * @param row what `rows` will say of them.
   */
  offer(values: Float32Array, base: number, row: number): void {
    let lowest = this.lowest
    for (let position = 0; position < values.length; position += 1) {
      const sum = values[position]! + base
      // Rounding keeps order, so what is not above the lowest before rounding is not above it afterwards.
      if (sum <= lowest) continue
      this.insert(Math.fround(sum), row, position)
      lowest = this.lowest
    }
  }

  /** What a score must exceed to be kept; NaN, which nothing is below, while there is room. */
  private get lowest(): number {
    return this.count < this.size ? Number.NaN : this.scores[this.size - 1]!
  }

  private insert(score: number, row: number, position: number): void {
    if (Number.isNaN(score)) {
      this.sawNaN = true
      return
    }
    const isFull = this.count === this.size
    if (isFull && score <= this.scores[this.size - 1]!) return
    if (!isFull) this.count += 1
    let place = this.count - 1
    while (place > 0 && score > this.scores[place - 1]!) {
      this.move(place - 1, place)
      place -= 1
    }
    this.scores[place] = score
    this.rows[place] = row
    this.positions[place] = position
  }

  private move(from: number, to: number): void {
    this.scores[to] = this.scores[from]!
    this.rows[to] = this.rows[from]!
    this.positions[to] = this.positions[from]!
  }
}
