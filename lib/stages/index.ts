/** The list of stages: their names, summaries, and where they are loaded from. */
import type { AnyStage } from '../stage.js'

interface Entry {
  summary: string
  load(): Promise<{ default: unknown }>
}

/** Every stage, in the order of a pipeline. Summaries live here so that `m2 --help` loads no stage. */
export const stages: Readonly<Record<string, Entry>> = withoutPrototype({
  captions: {
    summary: 'Read caption annotations into records, one per image',
    load: () => import('./captions.js'),
  },
  tokenize: {
    summary: 'Split captions into words',
    load: () => import('./tokenize.js'),
  },
  vocab: {
    summary: 'Make a vocabulary from the words of captions',
    load: () => import('./vocab.js'),
  },
  features: {
    summary: 'Add a reference to the features of each image',
    load: () => import('./features.js'),
  },
  pack: {
    summary: 'Convert features of other layouts to one HDF5 file',
    load: () => import('./pack.js'),
  },
  detector: {
    summary: 'Make a detector of its weights, for m2 detect',
    load: () => import('./detector.js'),
  },
  detect: {
    summary: 'Find the regions of photographs, and their features',
    load: () => import('./detect.js'),
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
    summary: 'Show which regions each word of a caption comes from',
    load: () => import('./explain.js'),
  },
  score: {
    summary: 'Score captions by BLEU, METEOR, ROUGE-L, CIDEr-D and SPICE',
    load: () => import('./score.js'),
  },
  'clip-score': {
    summary: 'Score captions against their photographs by CLIP: CLIPScore, RefCLIPScore',
    load: () => import('./clip-score.js'),
  },
  compare: {
    summary: 'Compare scores with a baseline, and fail if one fell',
    load: () => import('./compare.js'),
  },
  results: {
    summary: "Write captions in COCO's results format",
    load: () => import('./results.js'),
  },
  report: {
    summary: 'Write an HTML page of training curves, scores and captions',
    load: () => import('./report.js'),
  },
  import: {
    summary: 'Convert a PyTorch checkpoint to a model directory',
    load: () => import('./import.js'),
  },
  export: {
    summary: 'Write a model as ONNX graphs or PyTorch-named weights',
    load: () => import('./export.js'),
  },
  synth: {
    summary: 'Make a small synthetic data set, or simulated features of real images',
    load: () => import('./synth.js'),
  },
  'meteor-data': {
    summary: "Set up METEOR's data, which m2 does not include",
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
})

/** Loads one stage's module. Throws for an unknown name. */
export async function loadStage(name: string): Promise<AnyStage> {
  const entry = stages[name]
  if (!entry) throw new RangeError(`no stage named ${name}`)
  // The registry holds stages of many types; the one cast that forgets which.
  return (await entry.load()).default as AnyStage
}

/** So that `toString` and `__proto__` are not the names of stages. */
function withoutPrototype<T extends object>(entries: T): T {
  return Object.assign(Object.create(null) as T, entries)
}
