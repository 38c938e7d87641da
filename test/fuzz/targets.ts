/** Every parser of files, with sound files to damage. */
import { readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readAnnotations } from '../../lib/annotations/read.js'
import {
  readModelDirectory,
  readTrainingPosition,
  readTrainingState,
  writeModelDirectory,
} from '../../lib/checkpoint/directory.js'
import { openFeatures } from '../../lib/features/file.js'
import { hdf5Features } from '../../lib/features/layouts/hdf5.js'
import { tsvFeatures } from '../../lib/features/layouts/tsv.js'
import { createFeatureFile } from '../../lib/formats/hdf5/writer.js'
import { readRecordFile } from '../../lib/formats/jsonl.js'
import { parseNpy, readNpz } from '../../lib/formats/npy.js'
import { readPickle } from '../../lib/formats/pickle/pickle.js'
import { readSafetensors } from '../../lib/formats/safetensors.js'
import { readStateDict } from '../../lib/formats/torch/file.js'
import { readFrequencies } from '../../lib/metrics/cached-frequencies.js'
import { openParaphrases } from '../../lib/metrics/meteor/paraphrases/cache.js'
import { featuresRecord } from '../../lib/records.js'
import { loadVocabulary } from '../../lib/text/vocabulary.js'
import { float32 } from '../../lib/tensor.js'
import { toyConfig, toyParameters, toyVocabulary, writeToyModel } from '../decoding/toy-model.js'
import { zipOf } from '../formats/zip.js'

/** What is damaged, and what reads it. */
export interface Target {
  readonly name: string
  /** A sound file. */
  readonly seed: string
  /** Reads a damaged copy of it; @returns numbers that came out, which must be finite. */
  read(file: string): Promise<ArrayLike<number> | void>
}

const reject = (error: Error) => {
  throw error
}

/** Writes the sound files into a folder. */
export async function makeTargets(folder: string): Promise<Target[]> {
  await mkdir(folder, { recursive: true })
  const path = (name: string) => join(folder, name)
  const values = Float32Array.from({ length: 24 }, (_, i) => i / 8)
  const base64 = Buffer.from(values.buffer).toString('base64')
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }"
  const npy = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from(Uint16Array.of(118).buffer),
    Buffer.from(`${header.padEnd(117)}\n`),
    Buffer.from(values.buffer),
  ])
  const boxes = Buffer.from(Float32Array.from({ length: 24 }, (_, i) => i).buffer).toString('base64')
  const row = (id: number) => `${id}\t640\t480\t6\t${boxes}\t${base64}\n`
  const coco = {
    images: [{ id: 1, file_name: '1.jpg' }],
    annotations: [
      { id: 7, image_id: 1, caption: 'A dog by a boat.' },
      { id: 8, image_id: 1, caption: 'A boat.' },
    ],
  }
  const record = {
    image_id: 1,
    features: { data: base64, shape: [6, 4], dtype: 'float32' },
    captions: ['a b'],
  }
  await writeFile(path('array.npy'), npy)
  await writeFile(path('arrays.npz'), zipOf([{ name: 'feat.npy', data: npy }]))
  await writeFile(path('rows.tsv'), row(1) + row(2))
  await writeFile(path('coco.json'), JSON.stringify(coco))
  await writeFile(path('coco.json.gz'), gzipSync(JSON.stringify(coco)))
  await writeFile(path('records.jsonl'), `${JSON.stringify(record)}\n${JSON.stringify(record)}\n`)
  await writeFile(path('paraphrases.gz'), gzipSync('0.5\na dog\nthe dog\n0.3\nboat\nship\n'))
  const writer = await createFeatureFile(path('features.hdf5'))
  for (let image = 0; image < 12; image++) await writer.add(`${image}_features`, values, [6, 4])
  await writer.close()
  await writeToyModel(path('model'), 1)
  const toy = {
    config: { model: toyConfig, decode: { beam: 3, maxLength: 10 } },
    parameters: toyParameters(1, toyConfig),
    vocabulary: toyVocabulary(toyConfig),
  }
  const state = { position: { batch: 3, step: 7, sums: { loss: 1.5 } }, examples: 'abc', origin: { rate: 1 } }
  await writeModelDirectory(path('run'), toy, { tensors: { 'adam.m.x': float32(values, 6, 4) }, state })
  const fixture = (name: string) => join('test/formats/fixtures', name)
  const pickles = JSON.parse(readFileSync(fixture('pickles.json'), 'utf8')) as unknown
  const pickle = Buffer.from(firstBase64(pickles), 'base64')
  await writeFile(path('some.pkl'), pickle)

  /** Reads a model directory in which one file is damaged. */
  const inModel = (name: string) => async (file: string) => {
    const directory = join(dirname(file), 'damaged-model')
    await mkdir(directory, { recursive: true })
    for (const one of ['config.json', 'model.safetensors', 'vocab.json'])
      await copyFile(one === name ? file : path(join('model', one)), join(directory, one))
    const { parameters } = await readModelDirectory(directory)
    await readTrainingState(directory)
    return Object.values(parameters).flatMap(({ data }) => Array.from(data.slice(0, 100), Number))
  }
  /** Reads the checkpoint of a run in which one file is damaged. */
  const inRun = (name: string) => async (file: string) => {
    const directory = join(dirname(file), 'damaged-run')
    await mkdir(directory, { recursive: true })
    for (const one of [
      'config.json',
      'model.safetensors',
      'vocab.json',
      'training.safetensors',
      'state.json',
    ])
      await copyFile(one === name ? file : path(join('run', one)), join(directory, one))
    await readTrainingPosition(directory)
    await readTrainingState(directory)
  }
  return [
    { name: 'state', seed: path('run/state.json'), read: inRun('state.json') },
    { name: 'moments', seed: path('run/training.safetensors'), read: inRun('training.safetensors') },
    {
      name: 'pickle',
      seed: path('some.pkl'),
      read: async (file) => void readPickle(readFileSync(file), { where: file }),
    },
    {
      name: 'document frequencies',
      seed: path('some.pkl'),
      read: async (file) => void (await readFrequencies(file, splitWords)),
    },
    {
      name: 'vocabulary pickle',
      seed: path('some.pkl'),
      read: async (file) => void (await loadVocabulary(file)),
    },
    {
      name: 'torch zip',
      seed: fixture('torch-zip.pth'),
      read: async (file) => void (await readStateDict(file)),
    },
    {
      name: 'torch legacy',
      seed: fixture('torch-legacy.pth'),
      read: async (file) => void (await readStateDict(file)),
    },
    {
      name: 'safetensors',
      seed: path('model/model.safetensors'),
      read: async (file) => void (await readSafetensors(file)),
    },
    { name: 'npy', seed: path('array.npy'), read: async (file) => void parseNpy(readFileSync(file), file) },
    { name: 'npz', seed: path('arrays.npz'), read: async (file) => void (await readNpz(file, () => true)) },
    { name: 'hdf5', seed: path('features.hdf5'), read: readAllFeatures },
    {
      name: 'hdf5 layouts',
      seed: path('features.hdf5'),
      read: (file) => drain(hdf5Features(file, { reject, note: () => undefined })),
    },
    { name: 'tsv', seed: path('rows.tsv'), read: (file) => drain(tsvFeatures(file, reject)) },
    {
      name: 'jsonl',
      seed: path('records.jsonl'),
      read: (file) => drain(readRecordFile(file, featuresRecord)),
    },
    { name: 'coco json', seed: path('coco.json'), read: (file) => drain(readAnnotations(file, findings)) },
    {
      name: 'coco json, gzipped',
      seed: path('coco.json.gz'),
      read: (file) => drain(readAnnotations(file, findings)),
    },
    {
      name: 'vocabulary',
      seed: path('model/vocab.json'),
      read: async (file) => void (await loadVocabulary(file)),
    },
    { name: 'config', seed: path('model/config.json'), read: inModel('config.json') },
    { name: 'weights', seed: path('model/model.safetensors'), read: inModel('model.safetensors') },
    {
      name: 'paraphrases',
      seed: path('paraphrases.gz'),
      read: async (file) =>
        void (await openParaphrases(file, join(dirname(file), `cache-${basename(file)}`))),
    },
  ]
}

const splitWords = (captions: readonly string[]) => captions.map((caption) => caption.split(' '))

const findings = {
  keepRejected: false,
  duplicate: () => undefined,
  sharedId: () => undefined,
  rejected: () => undefined,
  reject,
}

/** The values of all datasets, none of which may be NaN. */
async function readAllFeatures(file: string): Promise<number[]> {
  const opened = await openFeatures(file, { cache: false })
  try {
    const found: number[] = []
    for (const dataset of opened.datasets()) found.push(...(await opened.readAll(dataset)).data.slice(0, 100))
    return found
  } finally {
    opened.close()
  }
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** The first long base64 text in a document of fixtures. */
function firstBase64(value: unknown): string {
  if (typeof value === 'string') return value
  const texts = Object.values(value as object).map(firstBase64)
  return texts.sort((a, b) => b.length - a.length)[0] ?? ''
}
