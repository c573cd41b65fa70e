/** What a scene can show: the closed lists of nouns, colours and backgrounds, and the plan made of them. */

export const SCENE_NOUNS = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const
export const SCENE_COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'white', 'black'] as const
export const SCENE_BACKGROUNDS = ['water', 'grass', 'sand', 'sky', 'snow', 'night'] as const
export const SCENE_COUNTS = [1, 2, 3] as const
/** Two families of birds, for data sets that split birds from their habitat: a songbird, and a duck or heron. */
export const BIRD_KINDS = ['landbird', 'waterbird'] as const

export type SceneNoun = (typeof SCENE_NOUNS)[number]
export type SceneColour = (typeof SCENE_COLOURS)[number]
export type SceneBackground = (typeof SCENE_BACKGROUNDS)[number]
export type SceneCount = (typeof SCENE_COUNTS)[number]
export type BirdKind = (typeof BIRD_KINDS)[number]

/** One drawn thing. Positions and lengths are fractions of the frame, y downward. */
export type SceneObject = {
  /** Centre of the upright bounding box. */
  readonly x: number
  readonly y: number
  /** Bounding box before the small rotation. */
  readonly width: number
  readonly height: number
  /** True: faces left. Drawings face right. */
  readonly flipped: boolean
  readonly rotationDegrees: number
  /** Pose and proportions follow from it. */
  readonly shapeSeed: number
}

/** A picture that is not drawn yet, and what it shows. */
export type Scene = {
  readonly seed: number
  readonly noun: SceneNoun
  /** Of a bird only. */
  readonly kind?: BirdKind
  readonly colour: SceneColour
  readonly count: SceneCount
  readonly background: SceneBackground
  readonly caption: string
  readonly objects: readonly SceneObject[]
}
