/** vwt as a library: the workflows of the command line without a terminal, typed, printing nothing. */
export {
  DeviceError,
  GateError,
  ImageError,
  InterruptedError,
  ModelError,
  NetworkError,
  UsageError,
  VwtError,
} from './core/base/errors.js'
export {
  type PictureEvent,
  type VisualizeOptions,
  visualize,
  type WrittenPicture,
} from './core/render/visualize.js'
export {openVocabulary, type Vocabulary} from './core/vocab/vocabulary.js'
export type {BatchOptions, FailedImage} from './core/workflows/batches.js'
export type {BenchAccuracy} from './core/workflows/bench/accuracy.js'
export {runBench} from './core/workflows/bench/bench.js'
export {type BenchComparison, compareBenchFiles} from './core/workflows/bench/compare.js'
export type {EnergySummary} from './core/workflows/bench/energy.js'
export type {JoulesPerImage, Watts} from './core/workflows/bench/energy-rows.js'
export type {GateResult} from './core/workflows/bench/gates.js'
export type {BenchOptions} from './core/workflows/bench/options.js'
export type {BenchOutcomes} from './core/workflows/bench/outcomes.js'
export type {Bench} from './core/workflows/bench/result.js'
export type {BenchRow} from './core/workflows/bench/rows.js'
export type {TurnSamples} from './core/workflows/bench/timing.js'
export type {EnergySample} from './core/workflows/bench/windows.js'
export {
  type BuildProgress,
  type BuildVocabularyOptions,
  type BuiltVocabulary,
  buildVocabulary,
  type SeedingProgress,
} from './core/workflows/build-vocab/build-vocab.js'
export {
  type CaptionedImage,
  type Captioner,
  type CaptionerOptions,
  type CaptionOptions,
  type CaptionProgress,
  type CaptionResult,
  type CaptionSettings,
  loadCaptioner,
} from './core/workflows/caption/caption.js'
export {
  type ClassifiedImage,
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  type ImageResult,
  type LabelScore,
  loadClassifier,
} from './core/workflows/classify.js'
export type {DeviceChoice} from './core/workflows/device.js'
export {type EvaluatedCaptions, evaluateCaptions} from './core/workflows/evaluate-captions.js'
export type {ImageInput, Preprocess} from './core/workflows/images.js'
export {
  type CountedImage,
  type ImageSet,
  type LengthCounter,
  type LengthOptions,
  type LengthRow,
  loadLengthCounter,
  type TokenLengths,
} from './core/workflows/lengths.js'
export {type Paper, type PaperSuite, type PaperSuiteOptions, runPaperSuite} from './core/workflows/paper/suite.js'
export {type Quantization, type QuantizeOptions, quantizeModel} from './core/workflows/quantize.js'
export {
  loadPatchTokenizer,
  type PatchTokenizer,
  type Tokenization,
  type TokenizationOptions,
  type TokenizedImage,
} from './core/workflows/tokenize.js'
export type {PictureKind} from './core/workflows/visualize.js'
