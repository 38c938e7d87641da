/** Regions as records and files have them. */
import { float32ToBytes } from '../formats/floats.js'
import type { Dataset } from '../formats/hdf5/growing-file.js'
import type { InlineFeatures } from '../records.js'
import type { Detector, Regions } from './detector.js'
import { likeliest } from './selection.js'

/** Features of a record, inline. */
export const inlineOf = ({ features, count, width }: Regions): InlineFeatures => ({
  data: float32ToBytes(features).toString('base64'),
  shape: [count, width],
  dtype: 'float32',
})

/** Datasets of the reference's layout: ID_features (n, width), ID_boxes (n, 4), ID_cls_prob (n, classes + 1). */
export function datasetsOf(id: string, regions: Regions): Record<string, Dataset> {
  const { features, boxes, probabilities, classes = 0, count, width } = regions
  return {
    [`${id}_features`]: { data: features, shape: [count, width] },
    [`${id}_boxes`]: { data: boxes, shape: [count, 4] },
    ...(probabilities && { [`${id}_cls_prob`]: { data: probabilities, shape: [count, classes + 1] } }),
  }
}

/** Boxes as records hold them: [x1, y1, x2, y2] in pixels of the photograph, to a hundredth. */
export const boxesOf = ({ boxes, count }: Regions): number[][] =>
  Array.from({ length: count }, (_, i) =>
    Array.from(boxes.subarray(4 * i, 4 * i + 4), (value) => Math.round(value * 100) / 100),
  )

/** The name of each region's likeliest class; undefined where the detector knows no names, or no classes. */
export function classesOf(
  { probabilities, classes, count }: Regions,
  { classNames: names }: Pick<Detector, 'classNames'>,
): string[] | undefined {
  if (!names || !probabilities || classes === undefined) return undefined
  return Array.from(
    { length: count },
    (_, i) => names[likeliest(probabilities, i * (classes + 1), classes)] ?? '',
  )
}
