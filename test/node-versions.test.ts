/** Every Node trains the same weights and writes the same captions, byte for byte: those that `M2_NODES` names. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import t from 'tap'

t.setTimeout(600_000)

const others = (process.env['M2_NODES'] ?? '').split(delimiter).filter((node) => existsSync(node))
const skip = others.length === 0 && 'no other Node: pipelines/extras.sh fetches some and sets M2_NODES'

t.test('a short run is byte-identical on every Node', { skip }, async (t) => {
  const folder = t.testdir({})
  const expected = shortRun(process.execPath, join(folder, 'this'))
  for (const [i, node] of others.entries()) {
    const { version, ...found } = shortRun(node, join(folder, String(i)))
    t.same(found, { model: expected.model, captions: expected.captions }, version)
  }
})

/** Trains by both objectives for a few steps, then captions; hashes of what came out. */
function shortRun(node: string, folder: string): { version: string; model: string; captions: string } {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    [
      '-euo',
      'pipefail',
      '-c',
      `mkdir -p "$1" && cd "$1"
      m2() { node ${resolve('dist/bin/m2.js')} "$@"; }
      m2 synth --images 60 --val 5 --test 10 --out world >&2
      for split in train val test; do
        m2 captions world/captions_$split.json --name-split $split | m2 features world/features.hdf5 > $split.jsonl
      done
      m2 tokenize < train.jsonl | m2 vocab --min-freq 1 > vocab.json
      m2 train train.jsonl --val val.jsonl --vocab vocab.json --out model --width 32 --heads 2 --layers 1 \\
        --memory-slots 2 --regions 20 --warmup 20 --xe-epochs 2 --scst-epochs 1 --beam 2 --threads 1 >&2
      m2 decode --model model --threads 1 < test.jsonl | m2 results > captions.json
      node --version`,
      'bash',
      folder,
    ],
    { encoding: 'utf8', env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}` } },
  )
  if (status !== 0) throw new Error(`${node}: ${stderr}`)
  return {
    version: stdout.trim(),
    model: hashOf(join(folder, 'model', 'model.safetensors')),
    captions: hashOf(join(folder, 'captions.json')),
  }
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
