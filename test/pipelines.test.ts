import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

/** The scripts of pipelines/, on a world small enough for a test; CI runs demo.sh and coco-sim.sh as they are. */
t.setTimeout(600_000)
const folder = t.testdir({ annotations: {} })
const coco = join(folder, 'annotations')
const features = join(folder, 'world', 'features.hdf5')
const out = join(folder, 'run')
const small =
  '--width 32 --heads 2 --layers 1 --hidden-width 64 --memory-slots 2 --regions 20 --warmup 20 --batch-size 20 ' +
  '--xe-epochs 1 --scst-epochs 1 --beam 2 --threads 2'

t.before(() => {
  bash(`node ${resolve('dist/bin/m2.js')} synth --images 90 --val 20 --test 10 --out world`)
  // COCO as people have it: train2014 and val2014, of which restval, dev and test are parts that ids name.
  const { annotations: val, ...rest } = read('captions_val.json')
  const { annotations: test } = read('captions_test.json')
  writeFileSync(
    join(coco, 'captions_val2014.json'),
    JSON.stringify({ ...rest, annotations: [...val, ...test] }),
  )
  renameSync(join(folder, 'world', 'captions_train.json'), join(coco, 'captions_train2014.json'))
  const train = JSON.parse(readFileSync(join(coco, 'captions_train2014.json'), 'utf8')) as Captions // as written above
  writeIds('train', train.annotations)
  writeIds('restval', val.slice(0, 50))
  writeIds('dev', val.slice(50))
  writeIds('test', test)
})

t.test('the paper on COCO: from annotations to the comparison with what was published', async (t) => {
  const { stdout, stderr } = bash(
    `${resolve('pipelines/coco.sh')} annotations world/features.hdf5 run ${small}`,
  )
  t.match(stdout, /"event":"switch"/, 'trains by both objectives')
  // Ten images of another world are no match for the paper: the comparison says so.
  t.match(stderr, /m2 compare: .* fell or are missing/)
  t.equal(lines('scores.jsonl').length, 7)
  t.equal(lines('captions.jsonl').length, 10)
  for (const file of ['report.html', 'results.zip']) t.ok(existsSync(join(out, file)), `${file} is made`)
  t.match(JSON.parse(readFileSync(join(out, 'model', 'config.json'), 'utf8')), { model: { width: 32 } })
})

t.test(
  'make goes on where it stopped, and makes again what is older than what it is made from',
  async (t) => {
    const wanted = () =>
      bash(
        `make --no-print-directory -n -f ${resolve('pipelines/coco.mk')} coco COCO=annotations FEATURES=${features} OUT=run`,
      ).stdout
    t.notMatch(wanted(), /m2\.js (captions|vocab|decode|score)/, 'all but the comparison is there')
    rmSync(join(out, '.trained'))
    t.match(wanted(), /train\.sh .* --resume/, 'a training that was stopped is resumed')
    writeFileSync(join(out, '.trained'), '')
    const later = new Date(Date.now() + 60_000)
    utimesSync(join(coco, 'coco_test_ids.npy'), later, later)
    const again = wanted()
    t.match(again, /m2\.js decode/, 'other test images are captioned')
    t.notMatch(again, /train\.sh/, 'and nothing is trained for them')
  },
)

t.test('published weights are imported, decoded and scored', async (t) => {
  bash(`node ${resolve('dist/bin/m2.js')} export run/model --safetensors weights.safetensors`)
  const { stderr } = bash(
    `${resolve('pipelines/evaluate.sh')} weights.safetensors run/vocab.json annotations world/features.hdf5 published`,
  )
  t.match(stderr, /m2 compare: .* fell or are missing/)
  t.ok(existsSync(join(folder, 'published', 'published.scores.jsonl')))
})

t.test('captions of a world, and their scores', async (t) => {
  const { stdout } = bash(
    `${resolve('pipelines/decode.sh')} run/model world/captions_test.json world/features.hdf5 predictions.jsonl`,
  )
  t.match(stdout, /"metric":"CIDEr-D"/)
  t.equal(readFileSync(join(folder, 'predictions.jsonl'), 'utf8').trim().split('\n').length, 10)
})

t.test('what is missing is said at once', async (t) => {
  const say = (command: string) => bash(command).stderr
  t.match(
    say(`${resolve('pipelines/coco.sh')} nowhere none.hdf5`),
    /no nowhere\/captions_train2014.json .* none.hdf5/,
  )
  t.match(say(`make -f ${resolve('pipelines/coco.mk')} coco`), /needs COCO=FOLDER/)
  t.match(say(`make -f ${resolve('pipelines/coco.mk')} evaluate COCO=a FEATURES=b`), /CHECKPOINT=/)
  t.match(say(resolve('pipelines/coco.sh')), /^usage: /)
  t.match(say(resolve('pipelines/train.sh')), /^usage: /)
  t.match(say(`M2_SHARED=nowhere ${resolve('pipelines/coco-sim.sh')}`), /no nowhere.*M2_SHARED names/)
})

interface Captions {
  annotations: { id: number }[]
}

function read(name: string): Captions {
  return JSON.parse(readFileSync(join(folder, 'world', name), 'utf8')) as Captions // as m2 synth writes it
}

/** The reference's caption ids: a .npy of int64. */
function writeIds(split: string, captions: readonly { id: number }[]): void {
  const header =
    `{'descr': '<i8', 'fortran_order': False, 'shape': (${captions.length},), }`.padEnd(117) + '\n'
  const ids = new BigInt64Array(captions.map(({ id }) => BigInt(id)))
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0])
  mkdirSync(coco, { recursive: true })
  writeFileSync(
    join(coco, `coco_${split}_ids.npy`),
    Buffer.concat([magic, Buffer.from(header), Buffer.from(ids.buffer)]),
  )
}

function lines(name: string): string[] {
  return readFileSync(join(out, name), 'utf8').trim().split('\n')
}

function bash(command: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })
}
