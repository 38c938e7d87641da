/** How an HDF5 file names the datasets of its images. */
import { DataError } from '../../errors.js'
import type { FeatureFile } from '../file.js'

/** A rule from an image's id to the names of its datasets, and back. */
export interface Naming {
  /** The pattern, as `--dataset` writes it: `%d_features`. */
  readonly pattern: string
  featuresOf(id: string): string
  /** Where the boxes of these features are, if the file has any. */
  boxesOf(id: string): string
  /** The image whose features a dataset holds; undefined for any other dataset. */
  idOf(dataset: string): string | undefined
}

/**
 * The rule that a pattern describes. `%d` or `%s` stands for the id; `%012d` for the id filled up with zeros to twelve digits.
 *
 * @throws DataError for a pattern without exactly one of them
 */
export function namingOf(pattern: string): Naming {
  const [before = '', after, ...more] = pattern.split(/%(?:0\d+)?[ds]/)
  if (after === undefined || more.length > 0)
    throw new DataError(
      `--dataset: expected one %d or %s, where the image's id stands, as in %d_grids or %s/features; got ${JSON.stringify(pattern)}`,
    )
  const digits = Number(/%0(\d+)[ds]/.exec(pattern)?.[1] ?? 0)
  const featuresOf = (id: string) => `${before}${id.padStart(digits, '0')}${after}`
  return {
    pattern,
    featuresOf,
    boxesOf: (id) => boxesBeside(featuresOf(id)) ?? `${id}_boxes`,
    idOf(dataset) {
      const inside = dataset.startsWith(before) && dataset.endsWith(after)
      const id = inside ? dataset.slice(before.length, dataset.length - after.length) : ''
      if (id === '' || id.includes('/') || /boxes$|cls_prob$/.test(id)) return undefined
      return digits > 0 ? id.replace(/^0+(?=\d)/, '') : id
    },
  }
}

/** The dataset of boxes that belongs to one of features; undefined where its name does not tell. */
export function boxesBeside(features: string): string | undefined {
  const boxes = features.replace(/(?:features|grids)$/, 'boxes')
  return boxes === features ? undefined : boxes
}

/** Names that people give features, the reference's first. */
const known = ['%d_features', '%d_grids', '%s/features', '%s/grids'].map(namingOf)
const plain = namingOf('%d')

/**
 * The rule of a file, found by its names: the reference's `ID_features`, RSTNet's `ID_grids`, a group for each image, or
 * datasets that are named by the ids alone.
 *
 * @returns undefined where no rule fits
 */
export async function namingIn(file: FeatureFile): Promise<Naming | undefined> {
  const names = [...file.datasets()]
  const groups = [...file.groups()].slice(0, 8)
  for (const naming of known) {
    if (names.some((name) => naming.idOf(name) !== undefined)) return naming
    if (!naming.pattern.includes('/')) continue
    for (const group of groups) if (await file.found(naming.featuresOf(group))) return naming
  }
  const numbered =
    names.length > 0 && names.every((name) => /^\d+$/.test(name) || /boxes$|cls_prob$/.test(name))
  return numbered ? plain : undefined
}

/** What an error says of a file in which a name was not found. */
export function namesIn(file: FeatureFile): string {
  const names = [
    ...[...file.datasets()].slice(0, 6),
    ...[...file.groups()].slice(0, 3).map((group) => `${group}/`),
  ]
  return names.length === 0
    ? 'no datasets'
    : `${names.slice(0, 6).join(', ')}${names.length >= 6 ? ', ...' : ''}`
}

/** Tells that a file has grids beside the regions that are taken. */
export function noteGrids(file: FeatureFile, { pattern }: Naming, note: (message: string) => void): void {
  if (pattern !== '%d_features' || ![...file.datasets()].some((name) => name.endsWith('_grids'))) return
  note(`${file.file} has grids as well as regions: regions are taken; --dataset '%d_grids' takes the grids`)
}
