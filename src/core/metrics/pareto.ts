/** Which offers are worth a look: those that no other beats. */

export type Offer = {
  /** Less is better. */
  readonly cost: number
  /** More is better. */
  readonly gain: number
}

/** One answer per offer: true unless another is as good in both and better in one. Equal offers stand together. */
export function paretoFront(offers: readonly Offer[]): boolean[] {
  return offers.map(
    ({cost, gain}) =>
      !offers.some((other) => other.cost <= cost && other.gain >= gain && (other.cost < cost || other.gain > gain)),
  )
}
