/** Things in a random order. */
import {type Random, randomInteger} from './random.js'

/** A new list of the same items, every order as likely as the next (Fisher, Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = randomInteger(random, 0, last)
    const held = order[last]!
    order[last] = order[other]!
    order[other] = held
  }
  return order
}
