/** The one sentence that says what a scene shows. */
import {isAloft, type Subject} from './shapes/draw.js'
import type {SceneBackground, SceneColour, SceneCount} from './words.js'

const COUNT_WORDS = {1: 'a', 2: 'two', 3: 'three'} as const

/** `an orange cat on grass`, `two red birds over water`, `three blue ships at night`. */
export function captionOf(scene: Subject & {readonly colour: SceneColour; readonly count: SceneCount}): string {
  const {noun, colour, count} = scene
  const article = count === 1 && colour === 'orange' ? 'an' : COUNT_WORDS[count]
  return `${article} ${colour} ${count === 1 ? noun : pluralOf(noun)} ${placeOf(scene)}`
}

/** The plural of a noun of scenes: deer stay deer. */
export function pluralOf(noun: string): string {
  return noun === 'deer' ? noun : `${noun}s`
}

function placeOf(subject: Subject): string {
  const {noun, background} = subject
  if (background === 'night') return 'at night'
  if (background === 'sky') return noun === 'bird' || noun === 'airplane' ? 'in the sky' : 'against the sky'
  if (isAloft(subject)) return `over ${background}`
  return `${prepositionOf(noun, background)} ${background}`
}

function prepositionOf(noun: string, background: SceneBackground): string {
  if (background !== 'water') return 'on'
  return noun === 'ship' || noun === 'bird' ? 'on' : 'in'
}
