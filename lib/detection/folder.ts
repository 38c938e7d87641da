/** A detector's folder: config.json, its weights or its graph, and the names of its classes where it has some. */
import { join } from 'node:path'
import { DataError } from '../errors.js'
import { exists, readWhole } from '../files/read.js'
import { replaceTogether } from '../files/transaction.js'
import { misfitOf } from '../formats/misfit.js'
import { readSafetensors, writeSafetensors } from '../formats/safetensors.js'
import { copyFile, writeFile } from 'node:fs/promises'
import type { HostTensors } from '../tensor.js'
import { detectorConfig, type DetectorConfig } from './config.js'

export interface DetectorFolder {
  readonly config: DetectorConfig
  readonly weights?: HostTensors | undefined
  /** An .onnx file. */
  readonly graph?: string | undefined
  readonly classNames?: readonly string[] | undefined
}

const names = {
  config: 'config.json',
  weights: 'detector.safetensors',
  graph: 'detector.onnx',
  classes: 'classes.txt',
}

/** @throws DataError where the folder does not hold a detector, or a file is missing */
export async function readDetectorFolder(folder: string): Promise<DetectorFolder> {
  const config = await readDetectorConfig(folder)
  const classes = join(folder, names.classes)
  const classNames = (await exists(classes)) ? await readClassNames(classes) : undefined
  if (config.network === 'onnx') return { config, graph: join(folder, names.graph), classNames }
  return { config, weights: await readSafetensors(join(folder, names.weights)), classNames }
}

/** What a detector is, without its weights. Throws as {@link readDetectorFolder}. */
export async function readDetectorConfig(folder: string): Promise<DetectorConfig> {
  const file = join(folder, names.config)
  if (!(await exists(file)))
    throw new DataError(
      `${folder}: expected a detector's folder, which m2 detector makes; it has no ${names.config}`,
    )
  let config: unknown
  try {
    config = JSON.parse((await readWhole(file)).toString('utf8'))
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError(`${file}: expected JSON`, { cause: error })
  }
  const parsed = detectorConfig.safeParse(config)
  if (!parsed.success)
    throw new DataError(
      `${file}: expected a detector's config, which m2 detector writes: ${misfitOf(parsed.error)}`,
    )
  return parsed.data
}

/** Writes a detector's folder, made if need be; what it replaces is replaced as one. */
export async function writeDetectorFolder(
  folder: string,
  { config, weights, graph, classNames }: DetectorFolder,
): Promise<void> {
  await replaceTogether(folder, {
    [names.config]: (path) => writeFile(path, `${JSON.stringify(config, null, 2)}\n`),
    [names.weights]: weights && ((path) => writeSafetensors(path, weights)),
    [names.graph]: graph === undefined ? undefined : (path) => copyFile(graph, path),
    [names.classes]: classNames && ((path) => writeFile(path, `${classNames.join('\n')}\n`)),
  })
}

/** Class names, one per line; where a line lists several separated by commas, the first. */
export async function readClassNames(file: string): Promise<string[]> {
  const lines = (await readWhole(file)).toString('utf8').split(/\r?\n/)
  return lines.flatMap((line) => (line.trim() === '' ? [] : [line.split(',')[0]!.trim()]))
}
