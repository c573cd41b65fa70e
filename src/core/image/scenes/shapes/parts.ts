/** Parts several animals share. */
import {ellipse, type Sketch, type Tone} from '../sketch.js'

export const INK: Tone = '#17181b'
export const PINK: Tone = '#e58f96'
export const EYE_WHITE: Tone = '#fbfaf4'

/** A dark pupil on white with a glint: readable on every coat, black included. */
export function drawEye(pen: Sketch, x: number, y: number, radius: number): void {
  pen.detail(ellipse(x, y, radius * 1.35), EYE_WHITE)
  pen.detail(ellipse(x + radius * 0.15, y, radius), INK)
  pen.detail(ellipse(x + radius * 0.45, y - radius * 0.35, radius * 0.3), EYE_WHITE)
}

/** A standing leg from the body at (`x`, `top`) to the foot at (`foot`, `ground`), `hip` and `ankle` wide. */
export function drawLeg(pen: Sketch, {x, top, foot, ground, hip, ankle, bend = 0}: Leg, tone: Tone): void {
  const knee = (top + ground) / 2 + 2
  const kneeX = (x + foot) / 2 + bend
  const middle = (hip + ankle) / 2.6
  const path =
    `M ${x - hip} ${top} C ${x - hip} ${top + 8} ${kneeX - middle} ${knee - 6} ${kneeX - middle} ${knee} ` +
    `L ${foot - ankle} ${ground - 4} L ${foot - ankle} ${ground} L ${foot + ankle * 1.8} ${ground} ` +
    `L ${foot + ankle} ${ground - 4} L ${kneeX + middle} ${knee} C ${kneeX + middle} ${knee - 6} ${x + hip} ${top + 8} ${x + hip} ${top} Z`
  if (tone === 'body') pen.blend(path)
  else pen.fill(path, tone)
}

type Leg = {
  readonly x: number
  readonly top: number
  readonly foot: number
  readonly ground: number
  readonly hip: number
  readonly ankle: number
  readonly bend?: number
}
