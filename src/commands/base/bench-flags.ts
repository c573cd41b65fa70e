/** What `vwt bench` can be asked. */
import {Flags} from '@oclif/core'
import {countsFlag} from './counts.js'
import {countFlag, imageFlags, listFlag, modelFlags, numberFlag} from './flags.js'
import {outFlag} from './out.js'

export const benchFlags = {
  method: Flags.string({
    summary: 'Method beside base, or all; repeat it for more rows.',
    description: modelFlags.method.description ?? '',
    helpValue: 'SPEC',
    multiple: true,
    multipleNonGreedy: true,
  }),
  sweep: Flags.string({
    summary: 'One method at many settings: from, to and step, or a list.',
    helpValue: 'intra=0.1:0.9:0.2',
    multiple: true,
    multipleNonGreedy: true,
  }),
  data: Flags.string({
    summary: 'Labelled images: a published data set, a folder of classes, or a .csv or .jsonl with path and label.',
    helpValue: 'FOLDER|FILE',
  }),
  layout: Flags.string({
    summary: 'Which data set the folder of --data is, where its files do not tell; plain for a folder of classes.',
    helpValue: 'NAME',
    dependsOn: ['data'],
  }),
  split: Flags.string({
    summary: 'Part of a published data set; test:1 permutes its split labels by seed 1, as in the VWT paper.',
    helpValue: 'NAME[:SEED]',
    dependsOn: ['data'],
  }),
  task: Flags.option({
    summary: 'What the model is asked; by default what it is for, or what the images have.',
    options: ['classify', 'caption'] as const,
  })(),
  suite: Flags.option({
    summary:
      'Bundled pictures (nouns and colours; birds and where they stand; captions), or the tables of the VWT paper.',
    description: 'vwt-paper runs over all data sets of the paper that are in the folder of --data.',
    options: ['scenes', 'scenes-groups', 'scenes-captions', 'vwt-paper'] as const,
  })(),
  labels: listFlag({
    summary: 'Labels to choose from, parted by commas; by default those of --data.',
    helpValue: 'a,b,c',
    exclusive: ['labels-file'],
  }),
  'labels-file': Flags.string({
    summary: 'Labels to choose from, one in each line; of ImageNet, names of the synsets in their order.',
    helpValue: 'FILE',
    exclusive: ['labels'],
  }),
  prompt: Flags.string({
    summary: "Sentence around each label, {} in its place; by default the model's own. Of captions, how each begins.",
    helpValue: '"a photo of a {}"',
  }),
  'spice-jar': Flags.string({
    summary: 'The official SPICE tool, spice-1.0.jar, for captions; it needs Java and 8 GB of memory.',
    helpValue: 'FILE',
  }),
  'caption-files': Flags.string({
    summary: 'Folder for captions and references as COCO files, to score them elsewhere.',
    helpValue: 'FOLDER',
  }),
  limit: countFlag({
    summary: 'Images used at most, drawn by the seed.',
    helpValue: 'N',
    min: 1,
    max: 100_000_000,
    unit: 'images',
  }),
  batch: countsFlag({
    summary: 'Images in one run of the model; each size gives a row.',
    helpValue: '1,4,16',
    min: 1,
    max: 1024,
    unit: 'images',
    default: [1],
  }),
  runs: countFlag({
    summary: 'Timed runs of each method and batch size, at least.',
    helpValue: 'N',
    min: 1,
    max: 1_000_000,
    unit: 'runs',
    default: 10,
  }),
  seconds: numberFlag({
    summary: 'Seconds of timed runs of each method and batch size, and of a window of energy, at least.',
    helpValue: 'S',
    min: 0,
    max: 86_400,
    default: 3,
  }),
  warmup: countFlag({
    summary: 'Runs before the timed ones, in each block.',
    helpValue: 'N',
    min: 0,
    max: 10_000,
    unit: 'runs',
    default: 3,
  }),
  energy: Flags.boolean({
    summary: 'Measure watts and joules where a meter can be read; --no-energy saves the time.',
    default: true,
    allowNo: true,
    exclusive: ['power-command', 'assume-watts'],
  }),
  idle: numberFlag({
    summary: 'Seconds at rest before energy is measured, for figures without what is drawn anyway; 0 for none.',
    helpValue: 'S',
    min: 0,
    max: 86_400,
    default: 5,
  }),
  'power-command': Flags.string({
    summary: 'Meter of your own: a command that prints 12.5 W, or counted energy such as 830 J, line by line or once.',
    helpValue: 'COMMAND',
    exclusive: ['assume-watts'],
  }),
  'assume-watts': numberFlag({
    summary: 'Watts taken for granted, whatever runs, where nothing can be measured.',
    helpValue: 'W',
    min: 0.001,
    max: 1_000_000,
  }),
  protocol: Flags.option({
    summary: 'Also measure power and time the way the VWT paper did.',
    options: ['vwt'] as const,
  })(),
  require: Flags.string({
    summary: 'Condition that every method must meet; else the run ends with 6.',
    helpValue: 'EXPR',
    multiple: true,
    multipleNonGreedy: true,
  }),
  out: outFlag({
    summary: 'Also write the result, as .json (with every timed run), .csv, .md or .html; may be repeated.',
    helpValue: 'FILE',
    endings: ['json', 'csv', 'md', 'html'],
    multiple: true,
    multipleNonGreedy: true,
  }),
  compare: Flags.string({
    summary: 'Results to hold against the first of them, as --out wrote them as .json; nothing is run.',
    helpValue: 'FILE',
    multiple: true,
  }),
  journal: Flags.string({
    summary: 'Where to keep what was measured until the bench is done; by default beside the first --out.',
    helpValue: 'FILE',
  }),
  resume: Flags.boolean({
    summary: 'Go on where the same bench was stopped or killed; begins anew when there is nothing to go on from.',
    default: false,
  }),
  model: Flags.string({
    summary: 'Model name or folder; by default mini, for captions mini-caption.',
    helpValue: 'NAME|FOLDER',
    helpGroup: 'MODEL',
  }),
  'caption-model': Flags.string({
    summary: 'Model that writes the captions of --suite vwt-paper, by default mini-caption.',
    helpValue: 'NAME|FOLDER',
    helpGroup: 'MODEL',
  }),
  vocab: modelFlags.vocab,
  device: modelFlags.device,
  threads: modelFlags.threads,
  seed: modelFlags.seed,
  ...imageFlags,
}
