/** Cat and dog, facing right or the viewer. */
import {ellipse, type Sketch} from '../sketch.js'
import {drawEye, drawLeg, EYE_WHITE, INK, PINK} from './parts.js'

export function drawCat(pen: Sketch): void {
  if (pen.chance(0.55)) drawSittingCat(pen)
  else drawWalkingCat(pen)
}

function drawSittingCat(pen: Sketch): void {
  const tail = pen.between(-6, 12)
  const striped = pen.chance(0.5)
  pen.line(`M 14 38 C 34 44 44 34 38 18 C 36 10 40 4 ${42 + tail / 4} ${tail - 6}`, 7, 'shade')
  pen.fill('M -20 45 C -30 30 -24 4 -10 -8 L 10 -8 C 24 4 30 30 20 45 C 8 48 -8 48 -20 45 Z')
  pen.detail('M -8 4 C -4 0 4 0 8 4 C 8 18 4 24 0 26 C -4 24 -8 18 -8 4 Z', 'light')
  pen.stroke('M -7 44 L -7 24', 1.2, 'dark')
  pen.stroke('M 7 44 L 7 24', 1.2, 'dark')
  pen.stroke('M 0 45 L 0 28', 1.2, 'dark')
  if (striped)
    for (const y of [12, 20, 28]) {
      pen.stroke(`M -23 ${y} L -14 ${y + 1}`, 2, 'dark')
      pen.stroke(`M 23 ${y} L 14 ${y + 1}`, 2, 'dark')
    }
  drawCatHead(pen, 0, -22, 1, striped)
}

function drawWalkingCat(pen: Sketch): void {
  const step = pen.between(-6, 6)
  const tip = pen.between(-46, -34)
  const striped = pen.chance(0.5)
  pen.line(`M -32 -4 C -46 -8 -46 -22 -42 -28 C -40 -34 -44 -38 -48 ${tip}`, 6, 'shade')
  drawLeg(pen, {x: -20, top: 4, foot: -16 - step, ground: 32, hip: 6, ankle: 3.2}, 'dark')
  drawLeg(pen, {x: 16, top: 4, foot: 13 + step, ground: 32, hip: 5, ankle: 3.2}, 'dark')
  pen.fill(
    'M -36 4 C -38 -10 -26 -12 -12 -11 C 2 -10 12 -12 22 -12 C 30 -8 30 8 24 12 C 12 15 -8 11 -20 14 C -30 16 -36 12 -36 4 Z',
  )
  drawLeg(pen, {x: -28, top: 6, foot: -28 + step, ground: 34, hip: 8, ankle: 3.4, bend: -2}, 'body')
  drawLeg(pen, {x: 20, top: 4, foot: 20 - step, ground: 34, hip: 6, ankle: 3.4}, 'body')
  if (striped) for (const x of [-18, -9, 0, 9]) pen.stroke(`M ${x} -10 L ${x + 1} -1`, 2, 'dark')
  drawCatHead(pen, 28, -18, 0.82, striped)
}

/** A face towards the viewer: pointed ears and whiskers are what tells a cat. */
function drawCatHead(pen: Sketch, x: number, y: number, scale: number, striped: boolean): void {
  const at = (dx: number, dy: number) => `${x + dx * scale} ${y + dy * scale}`
  for (const side of [-1, 1]) {
    pen.fill(`M ${at(side * 19, -2)} L ${at(side * 19, -26)} L ${at(side * 4, -13)} Z`)
    pen.detail(`M ${at(side * 16, -8)} L ${at(side * 16.5, -20)} L ${at(side * 8, -12)} Z`, PINK)
  }
  pen.fill(ellipse(x, y, 20 * scale, 16 * scale))
  if (striped) for (const dx of [-4, 0, 4]) pen.stroke(`M ${at(dx, -15)} L ${at(dx * 0.8, -8)}`, 1.6 * scale, 'dark')
  pen.detail(ellipse(x, y + 7 * scale, 8 * scale, 6 * scale), 'light')
  for (const side of [-1, 1]) {
    pen.detail(ellipse(x + side * 8.5 * scale, y - 1 * scale, 4.6 * scale, 4 * scale), '#d9e27a')
    pen.detail(ellipse(x + side * 8.5 * scale, y - 1 * scale, 1.5 * scale, 3.7 * scale), INK)
    for (const dy of [3, 6.5]) {
      const whisker = `M ${at(side * 8, 6 + dy / 4)} L ${at(side * 25, dy + (dy - 3) / 2)}`
      pen.stroke(whisker, 1.7 * scale, INK)
      pen.stroke(whisker, 0.8 * scale, EYE_WHITE)
    }
  }
  pen.detail(`M ${at(-2.6, 4)} L ${at(2.6, 4)} L ${at(0, 7)} Z`, PINK)
  pen.stroke(`M ${at(-4, 10)} Q ${at(-1.5, 11)} ${at(0, 7.5)} Q ${at(1.5, 11)} ${at(4, 10)}`, 1 * scale, INK)
}

export function drawDog(pen: Sketch): void {
  if (pen.chance(0.35)) drawSittingDog(pen)
  else drawStandingDog(pen)
}

function drawStandingDog(pen: Sketch): void {
  const step = pen.between(-6, 6)
  const wag = pen.between(-38, -24)
  pen.line(`M -34 -6 C -42 -8 -47 -16 ${-40 + wag / 8} ${wag}`, 5.5, 'body')
  drawLeg(pen, {x: -18, top: 4, foot: -16 - step, ground: 36, hip: 7, ankle: 3.4, bend: -2}, 'dark')
  drawLeg(pen, {x: 16, top: 4, foot: 14 + step, ground: 36, hip: 6, ankle: 3.4}, 'dark')
  pen.detail('M 41 -20 C 41 -12 46 -10 47 -15 L 46 -20 Z', PINK)
  pen.fill(
    'M -36 -6 C -30 -13 0 -12 12 -13 C 18 -16 19 -26 22 -32 C 26 -40 37 -39 40 -32 L 49 -29 ' +
      'C 53 -27 52 -20 48 -19 L 38 -17 C 34 -12 33 -4 31 4 C 28 12 18 12 12 10 C 2 6 -12 5 -20 9 C -32 12 -40 4 -36 -6 Z',
  )
  drawLeg(pen, {x: -28, top: 2, foot: -29 + step, ground: 38, hip: 9, ankle: 3.6, bend: -3}, 'body')
  drawLeg(pen, {x: 23, top: 2, foot: 23 - step, ground: 38, hip: 7, ankle: 3.6}, 'body')
  pen.detail('M 30 -2 C 28 4 22 9 16 9 C 22 4 24 -4 26 -10 Z', 'light')
  pen.fill('M 26 -37 C 18 -38 14 -28 17 -17 C 19 -13 24 -14 26 -19 C 28 -25 30 -31 31 -36 Z', 'dark')
  pen.fill(ellipse(50, -27, 3.2, 2.6), INK)
  pen.stroke('M 49 -20 C 45 -20 42 -21 39 -22', 1.1, 'dark')
  drawEye(pen, 36, -30, 2.2)
}

function drawSittingDog(pen: Sketch): void {
  const tilt = pen.between(-3, 3)
  pen.line('M 16 40 C 28 42 36 36 42 26', 6, 'shade')
  pen.fill('M -21 45 C -30 34 -24 10 -12 -6 L 12 -6 C 24 10 30 34 21 45 C 8 48 -8 48 -21 45 Z')
  pen.detail('M -8 0 C -4 -3 4 -3 8 0 C 10 12 5 22 0 26 C -5 22 -10 12 -8 0 Z', 'light')
  for (const x of [-7, 0, 7]) pen.stroke(`M ${x} 45 L ${x} 24`, 1.2, 'dark')
  pen.fill(`M -17 -24 C -19 -42 19 -42 17 -24 C 16 -12 12 -4 ${tilt} -4 C -12 -4 -16 -12 -17 -24 Z`)
  for (const side of [-1, 1]) {
    pen.fill(
      `M ${side * 11} -38 C ${side * 22} -42 ${side * 30} -26 ${side * 25} -10 C ${side * 21} -4 ${side * 16} -10 ${side * 16} -20 Z`,
      'dark',
    )
    drawEye(pen, side * 7, -25, 2.4)
  }
  pen.detail('M -4 -6 C -4 6 4 6 4 -6 Z', PINK)
  pen.fill(`M -9 -14 C -9 -22 9 -22 9 -14 C 10 -6 5 -4 ${tilt / 2} -4 C -5 -4 -10 -6 -9 -14 Z`, 'light')
  pen.detail(ellipse(0, -16.5, 4.6, 3.2), INK)
  pen.stroke('M -5 -8 Q -2 -6 0 -11 Q 2 -6 5 -8', 1.2, INK)
}
