/** Progress of a bench, in steps: up to 100 images of one method, or one turn of a block. */

/** Told after each step of `total`, and what it was. */
export type ProgressCallback = (done: number, total: number, what: string) => void

/** Images in one step. */
const STEP_IMAGES = 100

export class Steps {
  private done = 0
  private readonly perPass: number

  constructor(
    private readonly methods: number,
    private readonly imageCount: number,
    private readonly blocks: number,
    private readonly onProgress: ProgressCallback | undefined,
    /** Steps of each method beside those: its windows of energy. */
    private readonly extra = 0,
  ) {
    this.perPass = Math.ceil(imageCount / STEP_IMAGES)
  }

  /** For one pass over `count` images. */
  images(what: string, count = this.imageCount): (done: number) => void {
    return (done) => {
      if (done % STEP_IMAGES === 0 || done === count) this.step(`${what}: ${done} of ${count} images`)
    }
  }

  turn(method: string, block: number): void {
    this.step(`${method}: block ${block + 1} of ${this.blocks}`)
  }

  /** One of the extra steps of a method. */
  also(what: string): void {
    this.step(what)
  }

  /** A method that is left out. */
  skip(): void {
    this.done += this.perPass + this.blocks + this.extra
  }

  private step(what: string): void {
    this.done += 1
    this.onProgress?.(this.done, this.total, what)
  }

  private get total(): number {
    return (1 + this.methods) * this.perPass + this.methods * (this.blocks + this.extra)
  }
}
