/**
 * Pixels against the plan. The pixels of the objects are found without the drawing code: one seed rendered in two
 * colours differs only where an object is. What those pixels look like is then judged by hue alone.
 */
import sharp from 'sharp'
import {expect, test} from 'vitest'
import {
  encodeScene,
  planScene,
  renderScene,
  SCENE_BACKGROUNDS,
  SCENE_COLOURS,
  type Scene,
  type ScenePixels,
} from '../../../../src/core/image/scenes/scenes.js'

const SIZE = 112

async function renderIn(scene: Scene, colour: Scene['colour'], sizePx = SIZE): Promise<ScenePixels> {
  const {noun, count, background, kind, seed} = scene
  return renderScene(planScene(seed, {noun, count, background, colour, ...(kind ? {kind} : {})}), sizePx)
}

/** 1 where the pictures differ by more than `threshold` of 255 in some channel. */
function difference(a: ScenePixels, b: ScenePixels, threshold: number): Uint8Array {
  return Uint8Array.from({length: a.width * a.height}, (_, pixel) =>
    [0, 1, 2].some((c) => Math.abs(a.data[pixel * 3 + c]! - b.data[pixel * 3 + c]!) > threshold) ? 1 : 0,
  )
}

/** Without the pixels at the edge of the mask, which show the outline. */
function eroded(mask: Uint8Array, size: number): Uint8Array {
  return mask.map((inside, at) =>
    inside && mask[at - 1] && mask[at + 1] && mask[at - size] && mask[at + size] ? 1 : 0,
  )
}

/** The colour word of a pixel by hue, saturation and value; hue borders lie between the words. */
function nameOf(red: number, green: number, blue: number): string {
  const [max, min] = [Math.max(red, green, blue), Math.min(red, green, blue)]
  if (max < 70 || (max < 130 && max - min < 28)) return 'black'
  if (max - min < 0.16 * max) return max > 150 ? 'white' : 'black'
  const spread = max - min
  const sixth =
    max === red
      ? ((green - blue) / spread + 6) % 6
      : max === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4
  const hue = sixth * 60
  const borders = [
    [14, 'red'],
    [41, 'orange'],
    [75, 'yellow'],
    [170, 'green'],
    [255, 'blue'],
    [320, 'purple'],
  ] as const
  return borders.find(([border]) => hue < border)?.[1] ?? 'red'
}

for (const background of SCENE_BACKGROUNDS) {
  test(`the objects over ${background} are of the colour the scene names`, async () => {
    for (const [index, colour] of SCENE_COLOURS.entries()) {
      const scene = planScene(100 + index, {colour, background, count: 1})
      const shown = await renderScene(scene, SIZE)
      const other = await renderIn(scene, colour === 'black' ? 'white' : 'black')
      const mask = eroded(difference(shown, other, 40), SIZE)
      const names = new Map<string, number>()
      for (const [pixel, inside] of mask.entries()) {
        if (!inside) continue
        const name = nameOf(shown.data[pixel * 3]!, shown.data[pixel * 3 + 1]!, shown.data[pixel * 3 + 2]!)
        names.set(name, (names.get(name) ?? 0) + 1)
      }
      const total = [...names.values()].reduce((sum, count) => sum + count, 0)
      expect(total).toBeGreaterThan(0.01 * SIZE * SIZE)
      expect((names.get(colour) ?? 0) / total, `${scene.caption}: ${JSON.stringify([...names])}`).toBeGreaterThan(0.6)
    }
  })
}

/** Areas, in pixels, of the connected regions of `mask`; diagonal neighbours connect. */
function regionsOf(mask: Uint8Array, size: number): number[] {
  const left = Uint8Array.from(mask)
  const areas: number[] = []
  for (let start = 0; start < left.length; start++) {
    if (!left[start]) continue
    let area = 0
    const open = [start]
    left[start] = 0
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      area++
      const [x, y] = [pixel % size, Math.floor(pixel / size)]
      for (let ny = Math.max(0, y - 1); ny <= Math.min(size - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(size - 1, x + 1); nx++) {
          if (left[ny * size + nx]) open.push(ny * size + nx)
          left[ny * size + nx] = 0
        }
      }
    }
    areas.push(area)
  }
  return areas
}

test('as many separate objects are drawn as the scene counts, each where the plan puts it', async () => {
  const size = 160
  for (let seed = 0; seed < 24; seed++) {
    const scene = planScene(seed)
    const mask = difference(await renderIn(scene, 'white', size), await renderIn(scene, 'black', size), 16)
    const areas = regionsOf(mask, size)
    // The tip of a whisker may stand apart; no object is so much smaller than its fellows.
    const large = areas.filter((area) => area > 0.1 * Math.max(...areas))
    expect(large, `seed ${seed}: ${scene.caption}`).toHaveLength(scene.count)
    for (const object of scene.objects) {
      const inside = countWithin(mask, size, object)
      expect(inside / (object.width * object.height * size * size), scene.caption).toBeGreaterThan(0.12)
    }
    // Nothing is cut off: no object touches the frame.
    for (let at = 0; at < size; at++) {
      expect([mask[at], mask[(size - 1) * size + at], mask[at * size], mask[at * size + size - 1]]).toEqual([
        0, 0, 0, 0,
      ])
    }
  }
})

function countWithin(mask: Uint8Array, size: number, {x, y, width, height}: Scene['objects'][number]): number {
  return mask.reduce((sum, inside, pixel) => {
    const [px, py] = [(pixel % size) / size, Math.floor(pixel / size) / size]
    return sum + (Math.abs(px - x) <= width / 2 && Math.abs(py - y) <= height / 2 ? inside : 0)
  }, 0)
}

test('a PNG holds the same pixels at the size asked for', async () => {
  const scene = planScene(5)
  const {data, info} = await sharp(await encodeScene(scene, 96))
    .raw()
    .toBuffer({resolveWithObject: true})
  expect([info.width, info.height, info.channels]).toEqual([96, 96, 3])
  expect(new Uint8Array(data)).toEqual((await renderScene(scene, 96)).data)
})

test('backgrounds are told apart by their colour', async () => {
  const mean = async (background: Scene['background']) => {
    const {data} = await renderScene(planScene(77, {noun: 'cat', count: 1, background}), 32)
    return [0, 1, 2].map((c) => data.reduce((sum, value, at) => sum + (at % 3 === c ? value : 0), 0) / (32 * 32)) as [
      number,
      number,
      number,
    ]
  }
  const [grassRed, grassGreen, grassBlue] = await mean('grass')
  expect(grassGreen).toBeGreaterThan(Math.max(grassRed, grassBlue))
  const [sandRed, sandGreen, sandBlue] = await mean('sand')
  expect(sandRed).toBeGreaterThan(sandGreen)
  expect(sandGreen).toBeGreaterThan(sandBlue)
  expect(Math.max(...(await mean('night')))).toBeLessThan(90)
  expect(Math.min(...(await mean('snow')))).toBeGreaterThan(140)
  const [skyRed, , skyBlue] = await mean('sky')
  expect(skyBlue).toBeGreaterThan(skyRed + 20)
})
