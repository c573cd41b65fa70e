/** Small pictures that know what they show, drawn from a seed: for examples, tests, training and the bench. */
export {captionOf, pluralOf} from './caption.js'
export {type FixedScene, planScene} from './plan.js'
export {encodeScene, renderScene, type ScenePixels} from './render.js'
export {sceneSvg} from './svg.js'
export * from './words.js'
