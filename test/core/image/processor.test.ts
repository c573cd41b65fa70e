import {describe, expect, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {CLIP_MEAN, parseImageProcessor} from '../../../src/core/image/processor.js'

const parse = (config: unknown) => parseImageProcessor(config, 'folder/preprocessor_config.json')

function refusal(config: unknown): ModelError {
  try {
    parse(config)
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError)
    return error as ModelError
  }
  throw new Error('accepted, though it should have been refused')
}

/** As published with openai/clip-vit-base-patch16, in the words of transformers 4.0. */
const OLD_CLIP = {
  crop_size: 224,
  do_center_crop: true,
  do_normalize: true,
  do_resize: true,
  feature_extractor_type: 'CLIPFeatureExtractor',
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  resample: 3,
  size: 224,
}

describe('reads', () => {
  test('old and new spellings of CLIP alike', () => {
    const old = parse(OLD_CLIP)
    expect(old).toMatchObject({
      resize: {shortestEdge: 224},
      filter: 'bicubic',
      crop: {width: 224, height: 224},
      output: {width: 224, height: 224},
      rescaleFactor: 1 / 255,
    })
    const spelled = {
      ...OLD_CLIP,
      feature_extractor_type: undefined,
      image_processor_type: 'CLIPImageProcessorFast',
      size: {shortest_edge: 224},
      crop_size: {height: 224, width: 224},
      do_rescale: true,
      do_convert_rgb: true,
      rescale_factor: 1 / 255,
    }
    expect({...parse(spelled), name: ''}).toEqual({...old, name: ''})
  })

  test('a bare number as both sides for ViT and BLIP, as the shorter one for CLIP', () => {
    expect(parse({feature_extractor_type: 'ViTFeatureExtractor', size: 384}).resize).toEqual({width: 384, height: 384})
    expect(parse({image_processor_type: 'BlipImageProcessor', size: 384}).resize).toEqual({width: 384, height: 384})
    expect(parse({image_processor_type: 'CLIPImageProcessor', size: 384}).resize).toEqual({shortestEdge: 384})
  })

  test('the object inside a processor_config.json', () => {
    const config = {processor_class: 'BlipProcessor', image_processor: {image_processor_type: 'BlipImageProcessorFast'}}
    const processor = parse(config)
    expect(processor).toMatchObject({name: 'BlipImageProcessorFast', output: {width: 384, height: 384}, crop: null})
    expect(processor.mean).toEqual(CLIP_MEAN)
  })

  test('steps that are switched off as steps that change nothing', () => {
    const off = {image_processor_type: 'ViTImageProcessor', do_rescale: false, do_normalize: false}
    expect(parse(off)).toMatchObject({rescaleFactor: 1, mean: [0, 0, 0], std: [1, 1, 1]})
  })
})

describe('refuses with key, file, expectation and what was found', () => {
  test.for([
    [{image_processor_type: 'SamImageProcessor'}, /SamImageProcessor/],
    [{...OLD_CLIP, resample: 1}, /resample 1, the lanczos filter/],
    [{...OLD_CLIP, resample: 4}, /the box filter/],
    [{...OLD_CLIP, resample: 5}, /the hamming filter/],
    [{...OLD_CLIP, do_center_crop: false}, /keeps the aspect without a centre crop/],
    [{...OLD_CLIP, size: {shortest_edge: 224, longest_edge: 500}}, /size\.longest_edge/],
    [{...OLD_CLIP, do_pad: true}, /do_pad: true/],
  ] as const)('unsupported: %o', ([config, words]) => {
    const error = refusal(config)
    expect(error.code).toBe('processor-unsupported')
    expect(error.message).toMatch(words)
    expect(error.message).toContain('folder/preprocessor_config.json')
  })

  test.for([
    [[], /should hold one JSON object/],
    [{}, /image_processor_type .* the name of a class, but is missing/],
    [{...OLD_CLIP, size: 0}, /size .* from 1 to 4096, but is 0/],
    [{...OLD_CLIP, size: 22.4}, /but is 22\.4/],
    [{...OLD_CLIP, crop_size: {height: 224}}, /crop_size .* but is \{"height":224\}/],
    [{...OLD_CLIP, resample: 7}, /resample .* from 0 to 5, but is 7/],
    [{...OLD_CLIP, image_mean: [0.5, 0.5]}, /image_mean .* three numbers.* but is \[0\.5,0\.5\]/],
    [{...OLD_CLIP, image_std: [0.5, 0, 0.5]}, /image_std .* above 0/],
    [{...OLD_CLIP, do_resize: 'yes'}, /do_resize .* true or false, but is "yes"/],
    [{...OLD_CLIP, rescale_factor: -1}, /rescale_factor .* above 0, but is -1/],
  ] as const)('damaged: %o', ([config, words]) => {
    const error = refusal(config)
    expect(error).toMatchObject({code: 'processor-damaged', oclif: {exit: 3}})
    expect(error.message).toMatch(words)
  })
})
