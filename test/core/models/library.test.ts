import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {homedir, tmpdir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {beforeEach, expect, onTestFinished, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {findModel, findModels, type ModelPlaces, modelPlaces} from '../../../src/core/models/library.js'

let places: ModelPlaces
beforeEach(() => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'vwt-library-')))
  const [bundled, vwt, huggingface, cwd] = ['bundled', 'vwt', 'hub', 'cwd'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ]
  places = {bundled, vwt, huggingface, cwd}
  for (const place of Object.values(places)) mkdirSync(place)
  onTestFinished(() => rmSync(root, {recursive: true, force: true}))
})

/** A folder that looks like a model: nothing more is asked here. */
function model(path: string): string {
  mkdirSync(path, {recursive: true})
  writeFileSync(join(path, 'config.json'), '{}')
  return path
}

/** As huggingface_hub lays it out. */
function cached(id: string, commit: string, ...references: string[]): string {
  const repository = join(places.huggingface, `models--${id.replaceAll('/', '--')}`)
  for (const reference of references) {
    const file = join(repository, 'refs', reference)
    mkdirSync(dirname(file), {recursive: true})
    writeFileSync(file, commit)
  }
  return model(join(repository, 'snapshots', commit))
}

test('a shipped name is the shipped model, even beside a folder of that name', async () => {
  const path = model(join(places.bundled, 'mini'))
  const own = model(join(places.cwd, 'mini'))
  expect(await findModel('mini', places)).toEqual({name: 'mini', path, source: 'bundled'})
  expect(await findModel('./mini', places)).toEqual({name: './mini', path: own, source: 'folder'})
})

test('a path is a folder, absolute or from the working directory', async () => {
  const path = model(join(places.cwd, 'a', 'b', 'c'))
  for (const name of ['a/b/c', './a/b/c', 'a/b', path, '.']) {
    expect(await findModel(name, places)).toEqual({name, path: resolve(places.cwd, name), source: 'folder'})
  }
})

test("an id is a folder first, then vwt's, then the cache's", async () => {
  const id = 'openai/clip-vit-base-patch16'
  const snapshot = cached(id, 'c0ffee', 'main')
  expect(await findModel(id, places)).toEqual({name: id, path: snapshot, source: 'huggingface'})
  const pulled = model(join(places.vwt, id))
  expect(await findModel(id, places)).toEqual({name: id, path: pulled, source: 'vwt'})
  const local = model(join(places.cwd, id))
  expect(await findModel(id, places)).toEqual({name: id, path: local, source: 'folder'})
})

test('a revision is a reference or a commit', async () => {
  cached('org/name', 'c0ffee', 'main')
  const other = cached('org/name', 'badcafe', 'refs-pr/1')
  expect((await findModel('org/name@refs-pr/1', places)).path).toBe(other)
  expect((await findModel('org/name@badcafe', places)).path).toBe(other)
  await expect(findModel('org/name@deadbee', places)).rejects.toThrow(/There is no model "org\/name@deadbee"/)
})

test('a revision cannot climb out of the snapshots', async () => {
  cached('org/name', 'c0ffee', 'main')
  for (const revision of ['../refs', '..', 'x/../../refs']) {
    await expect(findModel(`org/name@${revision}`, places)).rejects.toThrow(/There is no model/)
  }
})

test('a missing model is refused with the places and what to do', async () => {
  model(join(places.bundled, 'mini'))
  const error: unknown = await findModel('openai/clip', places).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ModelError)
  const {message, suggestions} = error as ModelError
  for (const place of [
    join(places.cwd, 'openai/clip'),
    join(places.vwt, 'openai/clip'),
    join(places.huggingface, 'models--openai--clip/snapshots/main'),
  ]) {
    expect(message).toContain(place)
  }
  expect(suggestions.join('\n')).toMatch(/shipped: mini[\s\S]*hf download openai\/clip/)
})

for (const name of ['', '  ', './gone', '/gone/for/good', 'a/b/../../../etc', 'x@../../refs']) {
  test(`${JSON.stringify(name)} is refused`, async () => {
    await expect(findModel(name, places)).rejects.toThrow(ModelError)
  })
}

test('models are listed by place, training code and half downloads left out', async () => {
  model(join(places.bundled, 'mini'))
  mkdirSync(join(places.bundled, 'training'))
  model(join(places.vwt, 'org', 'b'))
  model(join(places.vwt, 'a'))
  cached('org/cached', 'c0ffee', 'main')
  mkdirSync(join(places.huggingface, 'models--org--half', 'refs'), {recursive: true})
  mkdirSync(join(places.huggingface, 'datasets--org--data'))
  const found = await findModels(places)
  expect(found.map(({name, source}) => `${source} ${name}`)).toEqual([
    'bundled mini',
    'vwt a',
    'vwt org/b',
    'huggingface org/cached',
  ])
  for (const {name, path} of found) expect((await findModel(name, places)).path).toBe(path)
})

test('nothing anywhere lists nothing', async () => {
  for (const place of Object.values(places)) rmSync(place, {recursive: true})
  expect(await findModels(places)).toEqual([])
})

// The order of huggingface_hub: HF_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub.
test('the places follow the environment', () => {
  expect(modelPlaces({}).huggingface).toBe(join(homedir(), '.cache/huggingface/hub'))
  expect(modelPlaces({XDG_CACHE_HOME: '/x'}).huggingface).toBe('/x/huggingface/hub')
  expect(modelPlaces({XDG_CACHE_HOME: '/x', HF_HOME: '/h'}).huggingface).toBe('/h/hub')
  expect(modelPlaces({HF_HOME: '/h', HF_HUB_CACHE: '/c'}).huggingface).toBe('/c')
  expect(modelPlaces({VWT_HOME: '/v'}).vwt).toBe('/v/models')
  expect(modelPlaces({}).bundled).toBe(resolve('models'))
})
