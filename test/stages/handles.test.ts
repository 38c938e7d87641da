/** Every stage closes what it opened, also where it fails: `collect` and `trainHere` check each case of these tests. */
import { open, type FileHandle } from 'node:fs/promises'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { resolveOptions } from '../../lib/options.js'
import { loadStage } from '../../lib/stages/index.js'
import { writeToyModel, toyConfig } from '../decoding/toy-model.js'
import { toyModel, trainHere, writeLines, writeToyData, type Flags } from '../training/toy-run.js'
import { collect, listen, stream } from './collect.js'
import { closesAll, openFiles } from './open-files.js'

const folder = t.testdir({ 'text.json': 'not JSON', 'empty.json': '' })
const at = (name: string) => join(folder, name)
const { records, train: examples, vocab } = await writeToyData(folder)
await writeToyModel(at('model'))
const noProc = process.platform === 'linux' ? false : 'a system without /proc'

t.test('a file that is left open is found', { skip: noProc }, async (t) => {
  const handles: FileHandle[] = []
  const leak = async () => void handles.push(await open(at('text.json')))
  await t.rejects(closesAll(leak), /left open: .*text\.json/)
  await t.rejects(
    closesAll(async () => {
      await leak()
      throw new Error('bad data')
    }),
    /left open after "Error: bad data": .*text\.json/,
  )
  for (const handle of handles) await handle.close()
  await closesAll(async () => undefined)
})

/** Files that are cut short, or of another kind. */
async function broken(): Promise<string[]> {
  const hdf5 = await readFile(at('features.hdf5'))
  await writeFile(at('cut.hdf5'), hdf5.subarray(0, hdf5.length / 2))
  await writeFile(at('cut.safetensors'), (await readFile(at('model/model.safetensors'))).subarray(0, 999))
  await writeFile(at('cut.npz'), Buffer.from('PK\x03\x04 and no more'))
  await writeFile(at('cut.pth'), Buffer.from('PK\x03\x04 and no more'))
  await writeFile(at('cut.tsv'), 'image_id\tand\tno more\n1')
  await writeFile(at('cut.jsonl'), '{"image_id":1}\n{"image_id"')
  await mkdir(at('damaged'))
  for (const name of ['config.json', 'vocab.json']) await copyFile(at(`model/${name}`), at(`damaged/${name}`))
  await copyFile(at('cut.safetensors'), at('damaged/model.safetensors'))
  return [
    'cut.hdf5',
    'cut.safetensors',
    'cut.npz',
    'cut.pth',
    'cut.tsv',
    'cut.jsonl',
    'text.json',
    'empty.json',
  ]
}

/** Runs a stage on records that it cannot use, or options that name what it cannot read. */
async function fails(name: string, given: Flags, input: readonly object[] = []): Promise<unknown> {
  const stage = await loadStage(name)
  const declared = { ...stage.positional, ...stage.options }
  const many = Object.entries(given).map(([flag, value]) => [flag, declared[flag]?.many ? [value] : value])
  const options = resolveOptions(declared, Object.fromEntries(many), {}, {})
  const { context } = listen(name)
  const parsed = input.map((record) => stage.input?.parse(record) ?? record)
  return await collect(stage.run(stream(parsed), options, context)).then(
    (records) => `nothing: ${records.length} records`,
    (error: unknown) => error,
  )
}

t.test('no stage leaves a file open where it fails', { skip: noProc }, async (t) => {
  const files = await broken()
  const [record] = records as [(typeof records)[0]]
  const gone = { ...record, features: { ...record.features, dataset: 'gone' } }
  const cut = { ...record, features: { ...record.features, file: at('cut.hdf5') } }
  const cases: [string, Flags, object[]?][] = [
    ...files.map((file): [string, Flags] => ['captions', { files: at(file) }]),
    ...files.map((file): [string, Flags, object[]] => [
      'features',
      { files: at(file), file: at(file) },
      [{ image_id: 0 }],
    ]),
    ...files.map((file): [string, Flags] => [
      'pack',
      { sources: at(file), source: at(file), out: at('packed.hdf5') },
    ]),
    ...files.map((file): [string, Flags] => ['score', { candidates: at(file), references: at('cut.jsonl') }]),
    ...files.map((file): [string, Flags] => ['compare', { baseline: at(file) }]),
    ...files.map((file): [string, Flags] => ['vocab', { from: at(file) }]),
    ...files.map((file): [string, Flags] => ['import', { file: at(file), vocab, out: at('imported') }]),
    ...files.map((file): [string, Flags] => [
      'import',
      { file: at('model/model.safetensors'), vocab: at(file), out: at('in') },
    ]),
    ['export', { model: at('damaged'), onnx: at('onnx') }],
    ['export', { model: at('model'), safetensors: at('none/file.safetensors') }],
    ['decode', { model: at('damaged') }, [record]],
    ['decode', { model: at('model'), threads: '1' }, [record, gone]],
    ['decode', { model: at('model'), threads: '1' }, [record, cut]],
    ['explain', { model: at('model'), threads: '1' }, [{ ...gone, caption: 'aa bb' }]],
  ]
  let failed = 0
  for (const [name, given, input] of cases) {
    const error = await fails(name, given, input)
    t.notMatch(String(error), /left open/, `${name} ${Object.values(given).join(' ')}`)
    if (error instanceof Error) failed++
  }
  t.ok(failed > 0.7 * cases.length, `${failed} of ${cases.length} cases failed, as they should`)
})

t.test('training closes its files wherever it fails', { skip: noProc }, async (t) => {
  const before = openFiles()
  await writeToyModel(at('wide'), 1, { ...toyConfig, featureWidth: 12 })
  const gone = at('gone.jsonl')
  await writeLines(
    gone,
    records.map((record, i) =>
      i < 9 ? record : { ...record, features: { ...record.features, dataset: 'gone' } },
    ),
  )
  const cases: [string, Flags][] = [
    [examples, { from: at('wide') }],
    [examples, { from: at('damaged') }],
    [examples, { from: at('model'), heads: '4' }],
    [examples, { out: at('model') }],
    [examples, { beam: '31' }],
    [examples, { tensorboard: at('text.json/board') }],
    [examples, { vocab: at('text.json') }],
    [examples, { val: at('cut.jsonl') }],
    [examples, { rate: '1e38', 'save-every': '1' }],
    [gone, { 'batch-size': '4' }],
    [gone, { objective: 'scst', 'scst-images': '2' }],
    [at('cut.jsonl'), {}],
  ]
  for (const [i, [file, changes]] of cases.entries()) {
    const shape: Flags = changes['from'] ? { threads: '1', beam: '3', 'max-length': '6' } : toyModel
    const flags = { ...shape, vocab, out: at(`out-${i}`), objective: 'xe', ...changes }
    const { status, stderr } = await trainHere(file, flags)
    t.not(status, 0, `${Object.entries(changes).join(' ')}: ${stderr}`)
  }
  t.same([...openFiles().keys()], [...before.keys()])
})
