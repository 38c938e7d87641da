/** Bottom-up-attention and LXMERT TSV files. */

import * as z from 'zod'
import { DataError } from '../../errors.js'
import { float32FromBase64 } from '../../formats/floats.js'
import { imageIdOf, type ImageFeatures, type Matrix } from './image.js'
import { openText } from '../../formats/text.js'
import { tsvRows, type TsvRow } from '../../formats/tsv.js'

/**
 * Images of a bottom-up-attention TSV, whose arrays are float32 in base64: Anderson's
 * `image_id image_w image_h num_boxes boxes features`, or LXMERT's ten columns, in which num_boxes, boxes and features
 * are the last three.
 *
 * @param reject called with what is wrong with a line; throws, or returns to go on with the next line
 */
export async function* tsvFeatures(
  file: string,
  reject: (error: DataError) => void,
): AsyncGenerator<ImageFeatures> {
  const { bytes } = await openText(file)
  for await (const row of tsvRows(bytes, file)) {
    const name = row.fields[0]?.toString('utf8') ?? ''
    if (row.line === 1 && (name === 'image_id' || name === 'img_id')) continue
    let image
    const place = `${file}:${row.line}`
    try {
      image = { ...parseRow(row, imageIdOf(name), `${place}: image ${name}`), place }
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      reject(error)
      continue
    }
    yield image
  }
}

const columns = { vinvl: 2, oscar: 3, anderson: 6, lxmert: 10 }

function parseRow({ fields }: TsvRow, image_id: string, where: string): ImageFeatures {
  if (fields.length === columns.vinvl) return parseVinvl(fields[1]!, image_id, where)
  if (fields.length === columns.oscar) {
    const rows = countOf(fields[1]!.toString('utf8'), where)
    return { image_id, features: decode(fields[2], rows, `${where}: features`) }
  }
  if (fields.length !== columns.anderson && fields.length !== columns.lxmert)
    throw new DataError(
      `${where}: expected 6 columns (bottom-up attention), 10 (LXMERT), or 2 or 3 (VinVL), got ${fields.length}`,
    )
  const [count, boxes, features] = fields.slice(-3)
  const rows = countOf(count?.toString('utf8') ?? '', where)
  return {
    image_id,
    features: decode(features, rows, `${where}: features`),
    boxes: decode(boxes, rows, `${where}: boxes`, 4),
  }
}

/** VinVL's `{"num_boxes","features"}`; a feature ends with its box, as VinVL's models take it. */
function parseVinvl(field: Buffer, image_id: string, where: string): ImageFeatures {
  let value: unknown
  try {
    value = JSON.parse(field.toString('utf8'))
  } catch {
    value = undefined
  }
  const { data } = vinvl.safeParse(value)
  if (!data)
    throw new DataError(
      `${where}: expected {"num_boxes","features"} of VinVL, got ${JSON.stringify(field.toString('utf8', 0, 40))}`,
    )
  const rows = countOf(String(data.num_boxes), where)
  return { image_id, features: decode(Buffer.from(data.features), rows, `${where}: features`) }
}

const vinvl = z.looseObject({ num_boxes: z.union([z.number(), z.string()]), features: z.string() })

function countOf(text: string, where: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new DataError(`${where}: num_boxes: expected a count, got ${JSON.stringify(text.slice(0, 40))}`)
}

function decode(field: Buffer | undefined, rows: number, where: string, width?: number): Matrix {
  const text = field?.toString('latin1') ?? ''
  const data = float32FromBase64(text, where)
  const found = rows === 0 ? (width ?? 0) : data.length / rows
  if (!Number.isInteger(found) || (width !== undefined && found !== width))
    throw new DataError(
      `${where}: expected ${width === undefined ? 'whole rows' : `rows of ${width} values`} for ${rows} boxes, got ${data.length} values`,
    )
  return { data, shape: [rows, found] }
}
