/** Deer and horse, from the side, facing right. */
import type {Sketch, Tone} from '../sketch.js'
import {drawEye, drawLeg} from './parts.js'

const ANTLER: Tone = '#8b6a45'
const HOOF: Tone = '#2b2522'

export function drawHorse(pen: Sketch): void {
  const step = pen.between(-8, 8)
  const tail = pen.between(22, 34)
  drawHoofedLeg(pen, -21, -18 - step, 45, 6, 2.6, 'dark')
  drawHoofedLeg(pen, 15, 13 + step, 45, 5.5, 2.6, 'dark')
  pen.fill(`M -34 -12 C -48 -12 -52 8 -47 ${tail} C -43 ${tail - 4} -40 8 -33 -2 Z`, 'dark')
  pen.fill('M 25 -38 L 25 -49 L 31 -41 Z', 'shade')
  pen.fill(
    'M -37 -8 C -34 -17 -16 -13 6 -14 C 14 -18 17 -30 24 -40 C 27 -44 33 -44 36 -39 C 40 -33 46 -26 50 -19 ' +
      'C 52 -14 48 -10 44 -12 C 39 -15 36 -18 32 -20 C 31 -12 32 -4 30 4 C 26 13 10 11 0 11 C -10 11 -18 8 -26 11 C -38 10 -40 0 -37 -8 Z',
  )
  drawHoofedLeg(pen, -29, -30 + step, 48, 9, 2.8, 'body', -3)
  drawHoofedLeg(pen, 22, 23 - step, 48, 7, 2.8, 'body')
  pen.fill('M 31 -44 C 20 -44 12 -28 5 -14 C 4 -8 10 -6 15 -12 C 17 -20 22 -28 27 -34 L 35 -33 Z', 'dark')
  pen.fill('M 27 -40 L 30 -50 L 34 -40 Z')
  pen.stroke('M 46 -13 C 45 -15 44 -16 42 -16', 1, 'dark')
  pen.detail('M 47 -19 L 49 -18 L 48 -16 Z', HOOF)
  drawEye(pen, 35, -33, 1.9)
}

export function drawDeer(pen: Sketch): void {
  const step = pen.between(-5, 5)
  drawHoofedLeg(pen, -21, -19 - step, 44, 4.5, 1.8, 'dark')
  drawHoofedLeg(pen, 12, 10 + step, 44, 4, 1.8, 'dark')
  drawAntler(pen, 24, -33, -1, pen.between(0.9, 1.1))
  drawAntler(pen, 29, -33, 1, pen.between(0.9, 1.1))
  pen.fill('M -33 -6 C -40 -12 -44 -8 -41 0 L -34 4 Z', '#f2ece0')
  pen.fill(
    'M -35 -2 C -33 -10 -10 -6 6 -8 C 12 -10 15 -20 19 -28 C 22 -36 31 -36 34 -31 C 38 -27 43 -24 46 -21 ' +
      'C 48 -17 45 -15 42 -15 C 38 -16 34 -16 31 -16 C 28 -10 28 -4 26 2 C 22 10 12 11 4 10 C -6 7 -16 6 -24 9 C -34 10 -38 4 -35 -2 Z',
  )
  drawHoofedLeg(pen, -28, -29 + step, 47, 7, 2, 'body', -3)
  drawHoofedLeg(pen, 18, 18 - step, 47, 5, 2, 'body')
  pen.detail('M 20 9 C 10 11 -6 7 -18 7 C -6 4 10 6 22 4 Z', 'light')
  if (pen.chance(0.5))
    for (const [x, y] of [
      [-26, -2],
      [-18, -1],
      [-10, -3],
      [-2, -2],
      [-22, 3],
      [-13, 2],
    ] as const)
      pen.detail(`M ${x} ${y} L ${x + 3} ${y - 1} L ${x + 3} ${y + 1} Z`, 'light')
  pen.fill('M 22 -31 C 14 -38 8 -37 6 -33 C 10 -28 16 -27 22 -28 Z', 'shade')
  pen.fill('M 44 -21 C 48 -21 48 -17 45 -16 L 43 -18 Z', HOOF)
  drawEye(pen, 32, -28, 1.8)
}

function drawHoofedLeg(
  pen: Sketch,
  x: number,
  foot: number,
  ground: number,
  hip: number,
  ankle: number,
  tone: Tone,
  bend = 0,
): void {
  drawLeg(pen, {x, top: 0, foot, ground, hip, ankle, bend}, tone)
  pen.fill(
    `M ${foot - ankle} ${ground - 4} L ${foot - ankle - 0.6} ${ground} L ${foot + ankle * 1.9} ${ground} L ${foot + ankle} ${ground - 4} Z`,
    HOOF,
  )
}

function drawAntler(pen: Sketch, x: number, y: number, side: number, size: number): void {
  const at = (dx: number, dy: number) => `${x + side * dx * size} ${y - dy * size}`
  pen.line(`M ${at(0, 0)} C ${at(4, 8)} ${at(16, 10)} ${at(17, 28)}`, 2.4, ANTLER)
  pen.line(`M ${at(5, 8)} C ${at(4, 12)} ${at(4, 14)} ${at(2, 18)}`, 2, ANTLER)
  pen.line(`M ${at(13, 15)} C ${at(10, 20)} ${at(9, 22)} ${at(8, 26)}`, 2, ANTLER)
  pen.line(`M ${at(15, 19)} C ${at(19, 20)} ${at(22, 21)} ${at(24, 24)}`, 2, ANTLER)
}
