/** The option --base of stages that read features. */
import { resolve } from 'node:path'
import type { Options } from '../options.js'

/** Records name feature files as they were given to `m2 features`; a relative path is kept relative. */
export const baseOption = {
  base: {
    metavar: 'DIR',
    describe: 'Folder that relative paths of feature files start from; default: the current one',
  },
} as const satisfies Options

/** Where a record's feature file is. */
export const locate = (file: string, base: string | undefined) =>
  base === undefined ? file : resolve(base, file)
