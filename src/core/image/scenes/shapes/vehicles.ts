/** Airplane, automobile, ship and truck, facing right. */
import {ellipse, type Sketch, type Tone} from '../sketch.js'

const GLASS: Tone = '#bfe0ee'
const DARK_GLASS: Tone = '#2b3a4a'
const TYRE: Tone = '#24262a'
const METAL: Tone = '#aeb4ba'

export function drawAirplane(pen: Sketch): void {
  if (pen.chance(0.3)) drawAirplaneFromAbove(pen)
  else drawAirplaneFromSide(pen)
}

function drawAirplaneFromSide(pen: Sketch): void {
  const tip = pen.between(-24, -12)
  const fin = pen.between(-27, -21)
  // Far wing and tailplane first: the fuselage covers their roots.
  pen.fill(`M 12 -5 L ${tip + 14} -25 L ${tip + 7} -25 L -6 -5 Z`, 'shade')
  pen.fill('M -30 -4 L -42 -11 L -47 -11 L -42 -3 Z', 'shade')
  pen.fill(`M -24 -6 L -41 ${fin} L -50 ${fin} L -46 -1 Z`)
  pen.fill('M -48 -3 C -34 -7 -20 -9 0 -9 L 28 -9 C 40 -9 50 -3 50 1 C 50 5 40 8 28 8 L 0 8 C -16 8 -34 4 -48 -1 Z')
  pen.detail('M 49 2 C 48 5 40 8 28 8 L 0 8 C -16 8 -34 4 -46 0 C -20 4 20 4 49 2 Z', 'shade')
  pen.detail('M 38 -7 C 42 -6 45 -4 47 -2 L 39 -2 Z', DARK_GLASS)
  for (let x = -22; x <= 32; x += 6) pen.detail(ellipse(x, -3, 1.5, 1.9), DARK_GLASS)
  pen.fill(ellipse(tip + 22, 15, 7, 3.4), 'shade')
  pen.fill(`M 14 2 L ${tip} 28 L ${tip - 9} 28 L -10 2 Z`, 'light')
  pen.fill('M -30 0 L -44 10 L -50 10 L -43 -1 Z', 'light')
}

function drawAirplaneFromAbove(pen: Sketch): void {
  const sweep = pen.between(-12, -2)
  const wing = (side: number) =>
    `M 12 ${4 * side} L ${sweep - 6} ${46 * side} L ${sweep - 14} ${46 * side} L -8 ${4 * side} Z`
  const tail = (side: number) => `M -34 ${2 * side} L -44 ${17 * side} L -50 ${17 * side} L -46 ${2 * side} Z`
  for (const side of [-1, 1]) {
    pen.fill(wing(side), side < 0 ? 'body' : 'shade')
    pen.fill(tail(side), side < 0 ? 'body' : 'shade')
    pen.fill(ellipse(7, 19 * side, 6, 2.8), 'dark')
  }
  pen.fill(
    'M 50 0 C 48 -5 40 -6 30 -6 L -20 -5.5 C -34 -4 -46 -3 -50 0 C -46 3 -34 4 -20 5.5 L 30 6 C 40 6 48 5 50 0 Z',
  )
  pen.detail('M 44 -3 C 46 -1 46 1 44 3 L 40 4 L 40 -4 Z', DARK_GLASS)
  pen.stroke('M -50 0 L -30 0', 2, 'dark')
}

export function drawAutomobile(pen: Sketch): void {
  const roof = pen.between(-23, -18)
  const rear = pen.between(-40, -24)
  const front = pen.between(20, 28)
  const roofRear = rear + pen.between(8, 14)
  const roofFront = front - pen.between(14, 20)
  pen.fill(
    `M -49 11 C -52 3 -50 -4 -44 -5 L ${rear} -7 C ${rear + 4} ${roof + 4} ${roofRear - 4} ${roof} ${roofRear} ${roof} ` +
      `L ${roofFront} ${roof} C ${roofFront + 8} ${roof} ${front - 5} -10 ${front} -6 ` +
      'C 38 -5 47 -3 50 4 C 51 7 50 10 49 12 L -49 12 Z',
  )
  pen.detail('M -50 5 L 50 5 C 51 8 50 10 49 12 L -49 12 C -50 10 -50 8 -50 5 Z', 'shade')
  const middle = (roofRear + roofFront) / 2
  const top = roof + 3
  pen.detail(
    `M ${rear + 5} -6 C ${rear + 8} ${top + 2} ${roofRear - 1} ${top} ${roofRear + 2} ${top} L ${middle - 1} ${top} L ${middle - 1} -6 Z`,
    GLASS,
  )
  pen.detail(
    `M ${middle + 2} -6 L ${middle + 2} ${top} L ${roofFront} ${top} C ${roofFront + 5} ${top} ${front - 8} -9 ${front - 5} -6 Z`,
    GLASS,
  )
  pen.stroke(`M ${middle + 0.5} -5 L ${middle + 0.5} 10`, 0.9, 'dark')
  pen.stroke(`M ${middle + 4} -1 L ${middle + 9} -1`, 1.4, 'dark')
  pen.detail('M 45 -2 C 48 -1 49 1 49 3 L 44 2 Z', '#fff6c8')
  const wheel = pen.between(9, 10.5)
  for (const x of [-28, 30]) drawWheel(pen, x, 12, wheel)
}

export function drawTruck(pen: Sketch): void {
  const top = pen.between(-36, -28)
  const cab = pen.between(-20, -14)
  const gap = pen.between(12, 17)
  const nose = pen.chance(0.4)
  pen.fill('M -48 8 L 48 8 L 48 14 L -48 14 Z', '#3a3d42')
  pen.fill(`M -50 ${top} L ${gap} ${top} L ${gap} 9 L -50 9 Z`)
  for (let x = -41; x < gap - 3; x += 9) pen.stroke(`M ${x} ${top + 3} L ${x} 6`, 0.9, 'shade')
  pen.detail(`M -50 4 L ${gap} 4 L ${gap} 9 L -50 9 Z`, 'shade')
  if (nose) {
    pen.fill(`M ${gap + 3} 12 L ${gap + 3} ${cab} L 32 ${cab} L 36 -4 L 47 -2 C 50 -1 50 3 50 12 Z`)
    pen.detail(`M ${gap + 8} -4 L ${gap + 8} ${cab + 3} L 30 ${cab + 3} L 33 -4 Z`, GLASS)
  } else {
    pen.fill(`M ${gap + 3} 12 L ${gap + 3} ${cab - 3} C 30 ${cab - 4} 38 ${cab - 4} 42 ${cab - 2} L 49 -2 L 49 12 Z`)
    pen.detail(`M ${gap + 9} -2 L ${gap + 9} ${cab + 2} L 39 ${cab + 2} L 45 -2 Z`, GLASS)
  }
  pen.stroke(`M ${gap + 7} 2 L ${gap + 7} 9`, 0.9, 'dark')
  pen.detail('M 46 4 L 50 4 L 50 8 L 46 8 Z', '#fff6c8')
  const wheel = pen.between(8, 9.5)
  for (const x of [-38, -18, 33]) drawWheel(pen, x, 15, wheel)
}

function drawWheel(pen: Sketch, x: number, y: number, radius: number): void {
  pen.fill(ellipse(x, y, radius), TYRE)
  pen.detail(ellipse(x, y, radius * 0.5), METAL)
  pen.detail(ellipse(x, y, radius * 0.16), TYRE)
}

export function drawShip(pen: Sketch): void {
  if (pen.chance(0.25)) drawSailingShip(pen)
  else drawSteamShip(pen)
}

function drawSteamShip(pen: Sketch): void {
  const bow = pen.between(-8, -3)
  const funnels = pen.chance(0.5) ? [-18, 2] : [-8]
  pen.line(`M 26 -14 L 26 ${pen.between(-42, -34)}`, 1.6, '#4a4d52')
  pen.fill('M 26 -36 L 40 -33 L 26 -29 Z')
  for (const x of funnels) {
    pen.fill(`M ${x - 5} -16 L ${x - 6} -38 L ${x + 4} -38 L ${x + 5} -16 Z`)
    pen.detail(`M ${x - 6} -38 L ${x + 4} -38 L ${x + 4} -33 L ${x - 6} -33 Z`, '#2a2d31')
  }
  pen.fill('M -30 -10 L -30 -20 L 14 -20 L 18 -10 Z', 'light')
  pen.fill('M -38 4 L -38 -11 L 26 -11 L 32 4 Z', 'light')
  for (let x = -25; x <= 9; x += 8) pen.detail(`M ${x} -17 L ${x + 5} -17 L ${x + 5} -13 L ${x} -13 Z`, DARK_GLASS)
  for (let x = -32; x <= 22; x += 8) pen.detail(`M ${x} -7 L ${x + 5} -7 L ${x + 5} -3 L ${x} -3 Z`, DARK_GLASS)
  pen.fill(`M -49 0 L 34 0 C 40 0 46 ${bow / 2} 50 ${bow} C 47 8 43 15 38 21 L -40 21 C -46 16 -49 9 -49 0 Z`)
  pen.detail('M -47 11 L 45 11 C 43 15 41 18 38 21 L -40 21 C -44 18 -46 15 -47 11 Z', 'dark')
  for (let x = -36; x <= 34; x += 10) pen.detail(ellipse(x, 6, 1.6), '#f4f2ea')
}

function drawSailingShip(pen: Sketch): void {
  const mast = pen.between(-48, -42)
  pen.line(`M 0 10 L 0 ${mast}`, 2, '#5b432c')
  pen.fill(`M -3 ${mast + 4} C -8 -20 -22 -2 -40 6 L -3 6 Z`, 'light')
  pen.fill(`M 3 ${mast + 2} C 22 -22 30 -8 38 6 C 24 9 12 8 3 6 Z`)
  pen.stroke('M 8 -20 C 16 -16 22 -14 24 -14', 0.8, 'shade')
  pen.stroke('M -6 -14 L -18 -10', 0.8, 'shade')
  pen.fill('M -44 14 L 48 12 C 44 22 36 30 28 32 L -28 32 C -36 28 -42 22 -44 14 Z')
  pen.detail('M -38 24 L 40 23 C 36 28 32 31 28 32 L -28 32 C -33 30 -36 27 -38 24 Z', 'dark')
}
