/** What `make demo` leaves in runs/demo, made small, for tests that run commands or examples as a reader would. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/** Makes FOLDER/runs/demo, and FOLDER/bin with `m2` in it. */
export function makeSmallDemo(folder: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  symlinkSync(resolve('dist/bin/m2.js'), join(folder, 'bin', 'm2'))
  mkdirSync(join(folder, 'runs', 'demo'), { recursive: true })
  const { status, stderr } = runIn(
    folder,
    `
    out=runs/demo
    m2 synth --images 120 --val 10 --test 20 --out $out/world
    for split in train val test; do
      m2 captions $out/world/captions_$split.json --name-split $split | m2 features $out/world/features.hdf5 > $out/$split.jsonl
    done
    m2 tokenize < $out/train.jsonl | m2 vocab --min-freq 1 > $out/vocab.json
    m2 train $out/train.jsonl --val $out/val.jsonl --vocab $out/vocab.json --out $out/model --width 32 --heads 2 --layers 1 \\
      --memory-slots 2 --regions 20 --warmup 20 --xe-epochs 2 --scst-epochs 1 --beam 3 --threads 2
    m2 decode --model $out/model/xe < $out/test.jsonl > $out/xe.captions.jsonl
    m2 score --metrics bleu,rouge,cider < $out/xe.captions.jsonl > $out/xe.scores.jsonl
    m2 decode --model $out/model < $out/test.jsonl > $out/scst.captions.jsonl
    m2 score --metrics bleu,rouge,cider < $out/scst.captions.jsonl > $out/scst.scores.jsonl`,
  )
  if (status !== 0) throw new Error(stderr)
}

/** Runs a script of the shell in a folder whose bin/m2 is the m2 of this checkout. */
export function runIn(
  folder: string,
  script: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter)
  return spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, PATH: path, ...env },
  })
}
