import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readModelDirectory, writeModelDirectory } from '../../lib/checkpoint/directory.js'
import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors.js'
import { modelConfig } from '../../lib/model/config.js'
import exportModel from '../../lib/stages/export.js'
import importModel from '../../lib/stages/import.js'
import { Vocabulary, specialWords } from '../../lib/text/vocabulary.js'
import { filledWith, tinyConfig, tinyVocabulary } from '../checkpoint/models.js'
import { noPython, pythonWith, runPython } from '../python.js'
import { noShared, shared } from '../shared.js'
import { collect, listen, stream } from './collect.js'

const run = (file: string, vocab: string, out: string, { heads = 4, regions = 10, overwrite = false } = {}) =>
  collect(
    importModel.run(stream([]), { file, vocab, out, heads, regions, overwrite }, listen('import').context),
  )
const unset = { beam: undefined, maxLength: undefined, overwrite: false }
const exported = (model: string, safetensors?: string) => {
  const options = { ...unset, onnx: undefined, int8: false, images: 1 }
  return collect(exportModel.run(stream([]), { model, safetensors, ...options }, listen('export').context))
}

/** A vocabulary file of so many words. */
function vocabularyOf(folder: string, size: number): string {
  const words = [...specialWords, ...Array.from({ length: size - 4 }, (_, i) => `word${i}`)]
  const file = join(folder, `vocab-${size}.json`)
  writeFileSync(file, JSON.stringify(new Vocabulary({ words, counts: words.map(() => 0) })))
  return file
}

const tiny = shared('goldens/model/tiny')
t.test("the reference's checkpoint, in and out", { skip: tiny ? false : noShared }, async (t) => {
  const folder = t.testdir()
  const golden = await readSafetensors(join(tiny ?? '', 'model.safetensors'))
  const vocab = vocabularyOf(folder, 120)
  for (const name of ['model-zip.pth', 'model-legacy.pth', 'model.safetensors']) {
    const out = join(folder, name)
    const [record] = await run(join(tiny ?? '', name), vocab, out)
    t.match(record, { model: out, parameters: 94_880 })
    const { config, parameters } = await readModelDirectory(out)
    t.same(
      config.model,
      modelConfig.parse({
        vocabularySize: 120,
        width: 32,
        heads: 4,
        keyWidth: 8,
        valueWidth: 8,
        hiddenWidth: 64,
        memorySlots: 5,
        featureWidth: 48,
        regions: 10,
        regionMask: 'reference',
      }),
    )
    for (const [weight, tensor] of Object.entries(parameters)) t.same(tensor, golden[weight], weight)
    const file = join(folder, 'out.safetensors')
    await exported(out, file)
    t.same(await readSafetensors(file), golden, 'what is exported is what was imported, buffers included')
    await t.rejects(run(join(tiny ?? '', name), vocab, out), /holds a model already; --overwrite replaces it/)
    await run(join(tiny ?? '', name), vocab, out, { overwrite: true })
    const own = join(out, 'model.safetensors')
    await t.rejects(exported(out, own), /holds a model already; --overwrite/)
  }
})

const python = pythonWith('torch')
const skip = !python ? noPython('torch') : tiny ? false : noShared
t.test('PyTorch loads what is exported, strictly', { skip }, async (t) => {
  const folder = t.testdir()
  const checkpoint = join(tiny ?? '', 'model-zip.pth')
  await run(checkpoint, vocabularyOf(folder, 120), join(folder, 'model'))
  const file = join(folder, 'out.safetensors')
  await exported(join(folder, 'model'), file)
  // A module tree of the names in the reference's own state_dict; the safetensors package may not be there.
  const script = `
import struct, torch
expected = torch.load(argv[0], map_location='cpu')['state_dict']
root = torch.nn.Module()
for name, tensor in expected.items():
    *path, leaf = name.split('.')
    module = root
    for part in path:
        if part not in dict(module.named_children()): module.add_module(part, torch.nn.Module())
        module = dict(module.named_children())[part]
    module.register_buffer(leaf, torch.zeros_like(tensor))
data = open(argv[1], 'rb').read()
length = struct.unpack('<Q', data[:8])[0]
types = {'F32': torch.float32, 'I64': torch.int64, 'U8': torch.uint8}
state = {}
for name, entry in json.loads(data[8:8 + length]).items():
    if name == '__metadata__': continue
    begin, end = (8 + length + offset for offset in entry['data_offsets'])
    flat = torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry['dtype']]) if end > begin else torch.zeros(0, dtype=types[entry['dtype']])
    state[name] = flat.reshape(entry['shape'])
root.load_state_dict(state, strict=True)
print(json.dumps([name for name, tensor in root.state_dict().items() if not torch.equal(tensor, expected[name])]))
`
  t.same(runPython(python ?? '', script, checkpoint, file), [], 'no tensor differs')
})

t.test('sizes are read off the tensors', async (t) => {
  const folder = t.testdir()
  const vocab = join(folder, 'vocab.json')
  writeFileSync(vocab, JSON.stringify(tinyVocabulary()))
  const file = join(folder, 'plain.safetensors')
  const plain = { ...tinyConfig, memorySlots: 0, connections: 'one-to-one', decoderLayers: 2 } as const
  await writeSafetensors(file, filledWith(1, plain))
  const [record] = await run(file, vocab, join(folder, 'plain'), { heads: 2, regions: 3 })
  t.match(record, { config: { ...plain, regionMask: 'reference' } })
})

t.test('what cannot be imported', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'model.safetensors')
  const out = join(folder, 'out')
  await writeSafetensors(file, filledWith(1))
  const vocab = vocabularyOf(folder, 6)
  await t.rejects(run(file, vocabularyOf(folder, 9), out), {
    name: 'DataError',
    message: /vocab-9\.json: expected the 6 words that .*model\.safetensors was trained with, found 9/,
  })
  await t.rejects(run(file, vocab, out, { heads: 3 }), /fc_k\.weight has 4 rows, which 3 heads do not divide/)
  await writeSafetensors(file, { ...filledWith(1), ...bias(3) })
  await t.rejects(
    run(file, vocab, out),
    /model\.safetensors: tensor encoder\.fc\.bias: expected float32 \[4\], found float32 \[3\]/,
  )
  await writeSafetensors(file, { ...filledWith(1), ...bias(4, NaN) })
  await t.rejects(run(file, vocab, out), /tensor encoder\.fc\.bias holds NaN at 0 of 4/)
  await writeSafetensors(file, bias(4))
  await t.rejects(
    run(file, vocab, out),
    /expected the weights of a Meshed-Memory Transformer, found no decoder/,
  )
  await t.rejects(readModelDirectory(out), /found no config\.json/, 'nothing was written')

  await writeModelDirectory(out, {
    config: { model: tinyConfig },
    parameters: filledWith(1),
    vocabulary: tinyVocabulary(),
  })
  await t.rejects(exported(out), { name: 'UsageError' })
})

const bias = (length: number, value = 0) => ({
  'encoder.fc.bias': {
    dtype: 'float32' as const,
    shape: [length],
    data: new Float32Array(length).fill(value),
  },
})
