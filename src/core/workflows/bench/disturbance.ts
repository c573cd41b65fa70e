/** What a reader should know about the minutes in which a bench was taken. */
import {farOutFraction, trendOf} from '../../metrics/disturbance.js'
import {medianOf} from '../../metrics/quantile.js'
import {type TurnSamples, turnsOf} from './timing.js'

/** Above these a reader should know. */
const FAR_OUT = 0.05
const DRIFT = 0.05
const DRIFT_CHANCE = 0.01

/** What disturbed the measurement, in words; empty when nothing did. */
export function disturbances(samples: readonly TurnSamples[], baseMethod: string): string[] {
  const methods = [...new Set(samples.map(({method}) => method))]
  const batches = [...new Set(samples.map(({batch}) => batch))]
  const pairs = methods.flatMap((method) => batches.map((batch) => ({method, batch})))
  const noisy = pairs.flatMap(({method, batch}) => {
    const fraction = farOutFraction(turnsOf(samples, method, batch).flatMap(({encoderMs}) => encoderMs))
    return fraction > FAR_OUT ? [`${(fraction * 100).toFixed(0)} % (${method}, batch ${batch})`] : []
  })
  const drifts = batches.flatMap((batch) => {
    const medians = turnsOf(samples, baseMethod, batch).map(({encoderMs}) => medianOf(encoderMs))
    if (medians.length < 2) return []
    const {changeFraction, pValue} = trendOf(medians)
    if (Math.abs(changeFraction) < DRIFT || pValue > DRIFT_CHANCE) return []
    const change = `${changeFraction > 0 ? '+' : ''}${(changeFraction * 100).toFixed(0)} %`
    return [
      `The time of ${baseMethod} at batch ${batch} drifted by ${change} from the first block to the last (p = ${pValue.toFixed(3)}). Ratios, taken within blocks, stay fair; milliseconds are those of a machine that did not hold its speed.`,
    ]
  })
  const outliers = `Far-out times, more than three interquartile ranges above the upper quartile: ${noisy.join(', ')}. Something else was running; medians stand firm, p95 and mean do not.`
  return [...(noisy.length > 0 ? [outliers] : []), ...drifts]
}
