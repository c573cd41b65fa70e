/** Classification end to end: scores against PyTorch's logits, batches, order, labels, and the cache of label texts. */
import {cpSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, describe, expect, test, vi} from 'vitest'
import {ImageError, InterruptedError, UsageError} from '../../../src/core/base/errors.js'
import {planGeometry} from '../../../src/core/image/geometry.js'
import {readSafetensorsHeader} from '../../../src/core/weights/safetensors.js'
import {
  type ClassifiedImage,
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  type ImageResult,
  loadClassifier,
} from '../../../src/core/workflows/classify.js'
import {CLIP_FIXTURES, CLIP_FOLDERS, golden, rowOf} from '../models/golden.js'
import {temporaryFolder} from '../weights/files.js'

const TINY = join(CLIP_FIXTURES, 'patch16-f32')
const PICTURES = readdirSync('examples')
  .filter((name) => name.endsWith('.png'))
  .map((name) => join('examples', name))
const LABELS = ['cat', 'dog', 'bird', 'ship']

let cache = ''
beforeEach(() => {
  cache = temporaryFolder()
  vi.stubEnv('VWT_CACHE', cache)
  return () => vi.unstubAllEnvs()
})

async function withClassifier<T>(options: ClassifierOptions, use: (classifier: Classifier) => Promise<T>): Promise<T> {
  const classifier = await loadClassifier({model: TINY, labels: LABELS, device: 'cpu', ...options})
  try {
    return await use(classifier)
  } finally {
    await classifier.release()
  }
}

async function gather(classifier: Classifier, images: readonly string[], options: ClassifyOptions = {}) {
  const results: ImageResult[] = []
  for await (const result of classifier.classify(images, options)) results.push(result)
  return results
}

const scoresOf = (result: ImageResult) =>
  Object.fromEntries((result as ClassifiedImage).labels.map(({label, score}) => [label, score]))

async function birdScores(options: ClassifierOptions = {}) {
  const bird = join('examples', 'red-bird-water.png')
  return withClassifier(options, async (classifier) => scoresOf(await classifier.classifyOne(bird, {top: 99})))
}

test.each(CLIP_FOLDERS)("%s: scores are the softmax of PyTorch's logits", async (name) => {
  const {metadata} = await readSafetensorsHeader(join(CLIP_FIXTURES, name, 'golden.safetensors'))
  const texts: string[] = JSON.parse(metadata.texts!)
  const [pixels, logits] = [await golden(name, 'pixel_values'), await golden(name, 'logits_per_image')]
  // The empty text is no label; the softmax goes over the others.
  const labels = texts.filter((text) => text !== '')
  const expected = Array.from({length: pixels.dims[0]!}, (_, image) => {
    const row = Array.from(rowOf(logits, image).data as Float32Array).filter((_, text) => texts[text] !== '')
    const weights = row.map((logit) => Math.exp(logit - Math.max(...row)))
    return weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0))
  })
  await withClassifier({model: join(CLIP_FIXTURES, name), labels, prompt: '{}'}, async (classifier) => {
    const {loader} = classifier
    // The golden pixels are no picture of any file; they step in behind decoding and resizing.
    vi.spyOn(loader, 'load').mockImplementation(async ({path}) => ({
      pixels: rowOf(pixels, Number(path)).data as Float32Array,
      geometry: planGeometry(loader.processor, pixels.dims[3]!, pixels.dims[2]!),
    }))
    const results = await gather(classifier, ['0', '1', '2'], {batch: 3, top: 99})
    for (const [image, result] of results.entries()) {
      const scores = scoresOf(result)
      for (const [index, label] of labels.entries()) expect(scores[label]).toBeCloseTo(expected[image]![index]!, 4)
    }
  })
})

describe('images', () => {
  for (const method of ['base', 'intra:0.5', 'random:0.5']) {
    test(`${method}: a batch scores as its images do one by one`, async () => {
      await withClassifier({method, seed: 7}, async (classifier) => {
        const alone = await gather(classifier, PICTURES, {top: 99})
        for (const batch of [3, PICTURES.length]) {
          const together = await gather(classifier, PICTURES, {batch, top: 99})
          expect(together.map(({path}) => path)).toEqual(PICTURES)
          for (const [index, result] of together.entries()) {
            const expected = scoresOf(alone[index]!)
            for (const [label, score] of Object.entries(scoresOf(result)))
              expect(score).toBeCloseTo(expected[label]!, 5)
          }
        }
      })
    })
  }

  test('results come in the order of the images, unreadable ones in their place with the reason', async () => {
    const torn = join(temporaryFolder(), 'torn.png')
    writeFileSync(torn, readFileSync(PICTURES[0]!).subarray(0, 999))
    const images = ['nowhere.png', PICTURES[0]!, torn, PICTURES[1]!, 'src']
    await withClassifier({}, async (classifier) => {
      for (const batch of [1, 2, 5]) {
        const results = await gather(classifier, images, {batch})
        expect(results.map(({path}) => path)).toEqual(images)
        const codes = results.map((result) => ('error' in result ? result.error.code : 'good'))
        expect(codes).toEqual(['image-missing', 'good', 'image-damaged', 'good', 'image-is-folder'])
      }
    })
  })

  test('bytes score as their file does', async () => {
    await withClassifier({}, async (classifier) => {
      const fromFile = await classifier.classifyOne(PICTURES[0]!)
      const fromBytes = await classifier.classifyOne({path: 'upload', bytes: readFileSync(PICTURES[0]!)})
      expect(fromBytes).toMatchObject({path: 'upload', labels: fromFile.labels})
    })
  })

  test('one image that cannot be read is thrown, with its code and cure', async () => {
    await withClassifier({}, async (classifier) => {
      const error = await classifier.classifyOne('nowhere.png').catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(ImageError)
      expect(error).toMatchObject({code: 'image-missing', suggestions: [expect.stringMatching(/spelling/)]})
    })
  })

  test('labels come best first, as many as are asked for, and all together sum up to 1', async () => {
    await withClassifier({}, async (classifier) => {
      const {labels: all} = await classifier.classifyOne(PICTURES[0]!, {top: 99})
      const scores = all.map(({score}) => score)
      expect(scores).toEqual([...scores].sort((a, b) => b - a))
      expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 9)
      expect((await classifier.classifyOne(PICTURES[0]!, {top: 2})).labels).toEqual(all.slice(0, 2))
    })
  })

  test('an abort lets the batch in hand finish and starts no other', async () => {
    await withClassifier({}, async (classifier) => {
      const abort = new AbortController()
      const done: string[] = []
      const run = async () => {
        for await (const {path} of classifier.classify(PICTURES, {batch: 2, signal: abort.signal})) {
          done.push(path)
          abort.abort()
        }
      }
      await expect(run()).rejects.toBeInstanceOf(InterruptedError)
      expect(done).toEqual(PICTURES.slice(0, 2))
    })
  })
})

describe('labels', () => {
  test('setLabels scores other labels from then on, as a classifier opened with them does', async () => {
    const bird = join('examples', 'red-bird-water.png')
    await withClassifier({}, async (classifier) => {
      const before = await classifier.classifyOne(bird)
      await classifier.setLabels(['horse', 'frog'], 'two {}')
      expect(classifier.labels).toEqual(['horse', 'frog'])
      expect(scoresOf(await classifier.classifyOne(bird))).toEqual(
        await birdScores({labels: ['horse', 'frog'], prompt: 'two {}'}),
      )
      await classifier.setLabels(LABELS)
      expect((await classifier.classifyOne(bird)).labels).toEqual(before.labels)
    })
  })

  test('refused labels leave the old ones in use', async () => {
    await withClassifier({}, async (classifier) => {
      await expect(classifier.setLabels(['cat', 'cat'])).rejects.toBeInstanceOf(UsageError)
      expect(classifier.labels).toEqual(LABELS)
    })
  })
})

describe('the cache of label texts', () => {
  const textFiles = () => readdirSync(join(cache, 'text')).map((name) => join(cache, 'text', name))

  /** Gives each of the first two labels the embedding of the other: whoever reads the cache shows it. */
  function swapFirstTwo(): void {
    const [file] = textFiles()
    const bytes = readFileSync(file!)
    const width = bytes.length / LABELS.length
    const rows = Array.from({length: LABELS.length}, (_, row) => bytes.subarray(row * width, (row + 1) * width))
    writeFileSync(file!, Buffer.concat([rows[1]!, rows[0]!, ...rows.slice(2)]))
  }

  const swapped = (scores: Record<string, number>) => ({...scores, cat: scores.dog!, dog: scores.cat!})

  function ownModel(): string {
    const folder = temporaryFolder()
    cpSync(TINY, folder, {recursive: true})
    return folder
  }

  test('is read by the next load with the same labels, and by no other', async () => {
    const first = await birdScores()
    expect(textFiles()).toHaveLength(1)
    swapFirstTwo()
    expect(await birdScores()).toEqual(swapped(first))
    const others = await birdScores({prompt: 'the {}'})
    expect(others).not.toEqual(first)
    expect(textFiles()).toHaveLength(2)
  })

  test('is left alone when the tokenizer has changed', async () => {
    const model = ownModel()
    const first = await birdScores({model})
    swapFirstTwo()
    expect(await birdScores({model})).toEqual(swapped(first))
    const file = join(model, 'tokenizer.json')
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n`)
    expect(await birdScores({model})).toEqual(first)
  })

  test('is left alone when the weights have changed, or others took their name', async () => {
    const model = ownModel()
    const first = await birdScores({model})
    swapFirstTwo()
    utimesSync(join(model, 'model.safetensors'), 1, 1)
    expect(await birdScores({model})).toEqual(first)
  })

  test('is left alone when it is damaged', async () => {
    const first = await birdScores()
    const [file] = textFiles()
    const whole = readFileSync(file!)
    writeFileSync(file!, whole.subarray(4))
    expect(await birdScores()).toEqual(first)
    whole.writeFloatLE(Number.NaN, 0)
    writeFileSync(file!, whole)
    expect(await birdScores()).toEqual(first)
    rmSync(file!)
    expect(await birdScores()).toEqual(first)
  })

  test('that cannot be written costs no result', async () => {
    const first = await birdScores()
    const blocked = join(temporaryFolder(), 'text')
    cpSync(TINY, join(blocked, '..', 'model'), {recursive: true})
    writeFileSync(blocked, 'a file where the folder should be')
    vi.stubEnv('VWT_CACHE', join(blocked, '..'))
    expect(await birdScores({model: join(blocked, '..', 'model')})).toEqual(first)
  })
})
