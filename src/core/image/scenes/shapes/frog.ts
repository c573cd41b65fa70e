/** Frog, facing right or the viewer. */
import {ellipse, type Sketch} from '../sketch.js'
import {EYE_WHITE, INK} from './parts.js'

export function drawFrog(pen: Sketch): void {
  if (pen.chance(0.55)) drawFrogFromFront(pen)
  else drawFrogFromSide(pen)
}

function drawFrogFromFront(pen: Sketch): void {
  const eye = pen.between(10, 12.5)
  const spotted = pen.chance(0.6)
  for (const side of [-1, 1]) {
    pen.fill(
      `M ${side * 40} 28 L ${side * 56} 31 L ${side * 50} 34 L ${side * 54} 38 L ${side * 45} 37 L ${side * 42} 41 L ${side * 24} 33 Z`,
      'shade',
    )
    pen.fill(
      `M ${side * 20} 34 C ${side * 52} 40 ${side * 54} 4 ${side * 30} 2 C ${side * 20} 12 ${side * 16} 24 ${side * 20} 34 Z`,
    )
  }
  pen.fill('M -28 8 C -30 26 -20 38 0 38 C 20 38 30 26 28 8 Z')
  pen.detail('M -17 14 C -17 30 -10 36 0 36 C 10 36 17 30 17 14 Z', 'light')
  for (const side of [-1, 1]) {
    pen.fill(
      `M ${side * 22} 14 C ${side * 24} 24 ${side * 20} 32 ${side * 22} 38 L ${side * 28} 42 L ${side * 20} 41 L ${side * 16} 44 L ${side * 14} 40 L ${side * 8} 41 L ${side * 13} 36 C ${side * 14} 28 ${side * 14} 22 ${side * 12} 14 Z`,
      'shade',
    )
    pen.fill(ellipse(side * 19, -20, eye))
  }
  pen.fill('M -36 0 C -36 -16 -20 -22 0 -22 C 20 -22 36 -16 36 0 C 36 12 18 18 0 18 C -18 18 -36 12 -36 0 Z')
  pen.detail('M -32 4 Q 0 16 32 4 C 28 13 16 17 0 17 C -16 17 -28 13 -32 4 Z', 'light')
  pen.stroke('M -33 2 Q 0 16 33 2', 1.8, INK)
  for (const side of [-1, 1]) {
    pen.detail(ellipse(side * 19, -21, eye * 0.7), EYE_WHITE)
    pen.detail(ellipse(side * 19, -21, eye * 0.45, eye * 0.36), INK)
    pen.detail(ellipse(side * 4, -3, 1.1), INK)
    if (spotted) pen.detail(ellipse(side * 38, 18, 4, 5), 'dark')
  }
  if (spotted) for (const x of [-9, 2, 11]) pen.detail(ellipse(x, -14 + Math.abs(x) / 4, 3, 2.2), 'dark')
}

function drawFrogFromSide(pen: Sketch): void {
  const spotted = pen.chance(0.6)
  const toe = pen.between(-2, 3)
  pen.fill('M 20 10 C 26 18 30 24 32 31 L 42 33 L 34 36 L 26 34 C 22 26 16 20 12 14 Z', 'dark')
  pen.fill(
    'M 48 -8 C 46 -14 42 -18 37 -19 C 36 -31 19 -32 16 -20 C -4 -18 -28 -2 -42 20 C -46 28 -40 33 -30 32 ' +
      'L 8 31 C 30 26 48 8 48 -8 Z',
  )
  pen.detail('M 46 -2 C 36 4 28 8 20 14 C 14 20 6 26 -2 31 L 8 31 C 28 26 44 12 46 -2 Z', 'light')
  if (spotted)
    for (const [x, y] of [
      [-6, -6],
      [6, -10],
      [-18, 4],
    ] as const)
      pen.detail(ellipse(x, y, 4, 2.6), 'dark')
  pen.fill(
    'M -40 28 C -42 6 -14 -2 -2 8 C 6 16 0 24 -10 26 L -24 29 L 8 32 L 16 33 L 9 36 L 12 39 L 2 37 L -34 37 C -40 36 -41 32 -40 28 Z',
    'shade',
  )
  pen.fill(
    `M 14 12 C 14 20 16 26 ${18 + toe} 33 L ${28 + toe} 36 L ${20 + toe} 37 L ${22 + toe} 40 L ${14 + toe} 37 L ${10 + toe} 37 C 8 28 4 20 4 14 Z`,
    'body',
  )
  pen.stroke('M 47 -5 C 38 -1 28 -1 20 -6', 1.6, INK)
  pen.detail(ellipse(27, -21, 6.4), EYE_WHITE)
  pen.detail(ellipse(28, -21, 4, 3.2), INK)
  pen.detail(ellipse(44, -11, 1), INK)
}
