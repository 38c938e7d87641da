/** The options of m2 report. */
import type { Options, OptionValues } from '../options.js'

export const reportOptions = {
  out: { group: 'Page', required: true, describe: 'Page to write', metavar: 'FILE.html' },
  title: {
    group: 'Page',
    default: 'Image captioning report',
    describe: 'Title of the page',
    metavar: 'TEXT',
  },
  about: { group: 'Page', describe: 'What this is, in a sentence or two under the title', metavar: 'TEXT' },
  noPredictions: { group: 'Page', type: 'boolean', describe: 'Read no captions from stdin' },
  allowEmpty: {
    group: 'Page',
    type: 'boolean',
    describe: 'Write the page even where stdin has no captions; without it that is an error',
  },
  scores: {
    group: 'Scores and training',
    many: true,
    metavar: '[LABEL=]FILE',
    describe:
      'What m2 score printed, several systems side by side: the last is compared with the first; --against of m2 score gives the interval',
  },
  baseline: {
    group: 'Scores and training',
    metavar: '[LABEL=]FILE',
    describe: 'Scores to show beside, such as published ones',
  },
  log: { group: 'Scores and training', metavar: 'FILE', describe: 'What m2 train printed, for the curves' },
  model: {
    group: 'Scores and training',
    metavar: 'DIR',
    describe: 'Model directory: its sizes and options of training are listed at the end',
  },
  beside: {
    group: 'Captions',
    many: true,
    metavar: '[LABEL=]FILE',
    describe: 'Captions of other models for the same images, shown beside each caption',
  },
  perImage: {
    group: 'Captions',
    metavar: 'FILE.jsonl',
    describe:
      'What m2 score --per-image wrote, to rank captions by; default: CIDEr-D, computed here where there are references',
  },
  images: {
    group: 'Captions',
    metavar: 'DIR',
    describe: 'Directory of the images, to put them into the page, made smaller',
  },
  imageWidth: {
    group: 'Captions',
    type: 'integer',
    min: 16,
    max: 4096,
    default: 480,
    metavar: 'PIXELS',
    describe: 'Width of the images in the page',
  },
  classes: {
    group: 'Captions',
    metavar: 'FILE.jsonl',
    describe:
      'Names of regions, {"image_id","classes"} lines as m2 synth writes them; default: "classes" of the records',
  },
  show: {
    group: 'Captions',
    type: 'integer',
    min: 1,
    default: 12,
    describe: 'Captions to show at first, from the best to the worst; the others can be searched and sorted',
    metavar: 'N',
  },
  pageLimit: {
    group: 'Captions',
    type: 'number',
    min: 0.1,
    max: 500,
    default: 10,
    metavar: 'MB',
    describe: 'Room for captions and images in the page; where it ends, images are left out first',
  },
} as const satisfies Options

export type ReportOptions = OptionValues<typeof reportOptions>
