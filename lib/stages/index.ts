import type { AnyStage } from '../stage.js'

interface Entry {
  summary: string
  load(): Promise<{ default: unknown }>
}

/** Every stage, in the order of a pipeline. Summaries live here so that `m2 --help` loads no stage. */
export const stages: Readonly<Record<string, Entry>> = {
  captions: {
    summary: 'Read caption annotations into records, one an image',
    load: () => import('./captions.js'),
  },
  tokenize: {
    summary: 'Split captions into words',
    load: () => import('./tokenize.js'),
  },
  vocab: {
    summary: 'Make a vocabulary of the words of captions',
    load: () => import('./vocab.js'),
  },
  features: {
    summary: 'Say where the features of each image are',
    load: () => import('./features.js'),
  },
  pack: {
    summary: 'Turn features of other layouts into an HDF5 file that is read fast',
    load: () => import('./pack.js'),
  },
  train: {
    summary: 'Train a model: cross-entropy, then self-critical training',
    load: () => import('./train.js'),
  },
  decode: {
    summary: 'Caption images with a model',
    load: () => import('./decode.js'),
  },
  explain: {
    summary: 'Say which regions each word of a caption comes from',
    load: () => import('./explain.js'),
  },
  score: {
    summary: 'Score captions by BLEU, METEOR, ROUGE-L, CIDEr-D and SPICE',
    load: () => import('./score.js'),
  },
  compare: {
    summary: 'Compare scores with a baseline, and fail where one fell',
    load: () => import('./compare.js'),
  },
  results: {
    summary: "Write captions in COCO's results format",
    load: () => import('./results.js'),
  },
  report: {
    summary: 'Make a page of training curves, scores, captions and what their words look at',
    load: () => import('./report.js'),
  },
  import: {
    summary: 'Turn a PyTorch checkpoint into a model directory',
    load: () => import('./import.js'),
  },
  export: {
    summary: 'Write a model as ONNX graphs or PyTorch-named weights',
    load: () => import('./export.js'),
  },
  synth: {
    summary: 'Make a small world to train on, or features of real images from their objects',
    load: () => import('./synth.js'),
  },
  'meteor-data': {
    summary: "Set up METEOR's data, which m2 does not carry",
    load: () => import('./meteor-data.js'),
  },
  doctor: {
    summary: 'Tell what this machine can run, and what is missing',
    load: () => import('./doctor.js'),
  },
  bench: {
    summary: 'Measure the speed of this machine',
    load: () => import('./bench.js'),
  },
}

/** Loads one stage's module; throws for a name that is none. */
export async function loadStage(name: string): Promise<AnyStage> {
  const entry = stages[name]
  if (!entry) throw new RangeError(`no stage named ${name}`)
  // The registry holds stages of many types; the one cast that forgets which.
  return (await entry.load()).default as AnyStage
}
