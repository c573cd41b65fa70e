/** Birds, facing right: a songbird that perches or flies, and a duck or a heron. */
import {ellipse, type Sketch, type Tone} from '../sketch.js'
import {drawEye} from './parts.js'

const BEAK: Tone = '#e2a32c'
const LEG: Tone = '#8a5a2b'

/** @param flying spreads the wings instead of standing. */
export function drawLandbird(pen: Sketch, flying: boolean): void {
  if (flying) drawFlyingBird(pen)
  else drawPerchedBird(pen)
}

function drawPerchedBird(pen: Sketch): void {
  const tail = pen.between(12, 24)
  const crested = pen.chance(0.25)
  pen.line('M 0 20 L 2 34 L 9 35', 2, LEG)
  pen.line('M 9 20 L 12 34 L 19 35', 2, LEG)
  pen.fill(`M -20 4 L -50 ${tail - 6} L -48 ${tail + 5} L -16 16 Z`, 'shade')
  pen.fill('M 36 -22 L 50 -18 L 35 -14 Z', BEAK)
  if (crested) pen.fill('M 14 -30 C 10 -36 8 -40 4 -42 C 14 -44 24 -40 30 -32 Z', 'shade')
  pen.fill(
    'M 38 -20 C 40 -2 30 22 4 23 C -14 24 -24 16 -32 10 C -22 2 -14 -12 0 -22 C 6 -32 16 -36 24 -35 C 33 -34 38 -28 38 -20 Z',
  )
  pen.detail('M 36 -10 C 34 8 22 20 4 22 C 14 14 22 2 24 -10 Z', 'light')
  pen.fill('M 12 -8 C 0 -16 -18 -4 -40 14 C -18 20 10 16 12 -8 Z', 'dark')
  pen.stroke('M 6 -4 C -6 0 -16 6 -26 12', 1.2, 'body')
  pen.stroke('M 8 2 C 0 8 -8 12 -16 14', 1.2, 'body')
  drawEye(pen, 27, -23, 2.6)
}

function drawFlyingBird(pen: Sketch): void {
  const up = pen.between(-50, -40)
  const back = pen.between(-30, -14)
  pen.fill(`M 20 -4 C 26 -18 24 -34 ${back + 34} ${up} C 6 ${up + 14} 0 -20 2 -4 Z`, 'dark')
  pen.fill('M -26 4 L -50 0 L -45 7 L -51 14 L -24 12 Z', 'shade')
  pen.fill('M 40 -9 L 51 -4 L 39 -1 Z', BEAK)
  pen.fill('M 42 -5 C 41 -14 28 -16 20 -11 C 2 -10 -18 -4 -36 6 C -24 18 6 18 22 10 C 32 8 42 4 42 -5 Z')
  pen.detail('M 40 -1 C 36 6 28 8 20 10 C 8 15 -10 16 -24 12 C -4 12 20 8 40 -1 Z', 'light')
  pen.fill(
    `M 16 -2 C 14 -18 6 -34 ${back} ${up + 2} C ${back - 2} ${up + 10} ${back - 6} ${up + 14} ${back - 8} ${up + 16} ` +
      `C ${back - 6} ${up + 24} -22 -16 -22 -14 C -20 -6 -14 0 -8 6 C 2 10 14 8 16 -2 Z`,
    'shade',
  )
  pen.stroke(`M 10 -4 C 4 -18 -4 -28 ${back + 2} ${up + 8}`, 1.1, 'dark')
  pen.stroke(`M 2 -2 C -4 -12 -10 -20 ${back - 2} ${up + 20}`, 1.1, 'dark')
  drawEye(pen, 33, -8, 2.4)
}

/** @param swimming hides the legs of a duck under the water line. */
export function drawWaterbird(pen: Sketch, swimming: boolean): void {
  if (swimming || pen.chance(0.6)) drawDuck(pen, swimming)
  else drawHeron(pen)
}

function drawDuck(pen: Sketch, swimming: boolean): void {
  const neck = pen.between(-4, 4)
  if (!swimming) for (const x of [-8, 6]) pen.line(`M ${x} 20 L ${x + 1} 33 L ${x + 10} 34`, 2.6, '#d9822b')
  pen.fill(
    `M 34 ${-34 + neck} C 40 ${-31 + neck} 46 ${-29 + neck} 51 ${-27 + neck} C 50 ${-22 + neck} 42 ${-22 + neck} 34 ${-24 + neck} Z`,
    BEAK,
  )
  pen.fill(
    `M -49 -10 C -42 -2 -30 -6 -14 -6 C 0 -6 10 -6 13 -15 C 15 -20 11 ${-26 + neck} 13 ${-33 + neck} ` +
      `C 16 ${-43 + neck} 32 ${-43 + neck} 36 ${-34 + neck} C 39 ${-27 + neck} 36 ${-22 + neck} 33 -18 ` +
      'C 31 -12 37 -4 35 6 C 32 18 12 23 -8 23 C -30 23 -46 12 -49 -10 Z',
  )
  pen.detail('M 34 8 C 30 18 12 22 -8 22 C -26 22 -38 15 -44 6 C -20 16 10 18 34 8 Z', 'shade')
  pen.stroke('M 14 -17 C 20 -13 28 -13 33 -17', 2.6, 'light')
  pen.fill('M 14 0 C 0 -8 -20 -4 -42 -4 C -32 12 2 18 14 0 Z', 'dark')
  pen.stroke('M 6 2 C -6 4 -18 2 -30 -1', 1.2, 'body')
  pen.stroke('M 2 7 C -8 9 -16 7 -22 5', 1.2, 'body')
  drawEye(pen, 27, -34 + neck, 2.4)
}

function drawHeron(pen: Sketch): void {
  const lean = pen.between(-4, 4)
  pen.line('M -8 14 L -6 32 L -8 48 L 2 49', 2.2, LEG)
  pen.line('M 0 14 L 4 32 L 3 48 L 13 49', 2.2, LEG)
  pen.fill(`M ${28 + lean} -43 L ${50 + lean} -38 L ${28 + lean} -36 Z`, BEAK)
  pen.line(`M 14 -2 C 30 -8 8 -22 14 -32 C 16 -38 20 -40 ${26 + lean} -40`, 6.5, 'body')
  pen.fill(ellipse(24 + lean, -40, 7.5, 5))
  pen.line(`M ${19 + lean} -43 C 12 -45 8 -43 4 -40`, 1.8, 'dark')
  pen.fill('M 22 -8 C 22 8 8 18 -12 17 C -26 18 -38 22 -46 26 C -42 14 -28 -8 -4 -12 C 6 -14 18 -14 22 -8 Z')
  pen.fill('M 8 -4 C -4 -10 -24 2 -42 24 C -22 16 2 14 8 -4 Z', 'dark')
  pen.stroke('M 2 -1 C -10 2 -20 10 -28 16', 1.2, 'body')
  drawEye(pen, 25 + lean, -41, 1.7)
}
