import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
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
  t.equal(lines('scores.jsonl').length, 6)
  t.equal(lines('captions.jsonl').length, 10)
  for (const file of ['report.html', 'results.zip']) t.ok(existsSync(join(out, file)), `${file} is made`)
  t.match(JSON.parse(readFileSync(join(out, 'model', 'config.json'), 'utf8')), { model: { width: 32 } })
})

t.test(
  'make goes on where it stopped, and makes again what is older than what it is made from',
  async (t) => {
    const wanted = () =>
      bash(`MAKEFLAGS=-n ${resolve('pipelines/coco.sh')} annotations '${features}' run ${small}`).stdout
    t.notMatch(wanted(), /m2 (captions|vocab|decode|score)/, 'all but the comparison is there')
    rmSync(join(out, '.trained'))
    t.match(wanted(), /train\.sh.* --resume/, 'a training that was stopped is resumed')
    writeFileSync(join(out, '.trained'), '')
    const later = new Date(Date.now() + 60_000)
    utimesSync(join(coco, 'coco_test_ids.npy'), later, later)
    const again = wanted()
    t.match(again, /m2 decode/, 'other test images are captioned')
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

t.test('names of files are data, blanks and all', async (t) => {
  const odd = join(folder, 'a `touch pwned` & $(touch pwned) $HOME #%:')
  mkdirSync(odd)
  symlinkSync(features, join(odd, 'f;touch pwned;.hdf5'))
  symlinkSync(coco, join(odd, 'anno tations'))
  const run = join(odd, 'o u t')
  const argument = (text: string) => `'${text}'`
  const paths = [join(odd, 'anno tations'), join(odd, 'f;touch pwned;.hdf5'), run].map(argument).join(' ')
  const { stderr } = bash(`${resolve('pipelines/coco.sh')} ${paths} ${small} --max-steps 2`)
  t.match(stderr, /m2 compare: .* fell or are missing/)
  t.equal(readFileSync(join(run, 'captions.jsonl'), 'utf8').trim().split('\n').length, 10)
  t.notOk(
    [folder, odd, run].some((place) => existsSync(join(place, 'pwned'))),
    'nothing of a name was run',
  )
})

t.test('a kill leaves no half-written product', async (t) => {
  rmSync(join(out, 'train.jsonl'))
  // A command in the place of m2 features that is killed after its first line.
  const kill =
    'm2() { if [ "$1" = features ]; then head -n 1; kill -9 $BASHPID; else cat /dev/null; fi; }; export -f m2; '
  const recipe = `${kill} here=${resolve('pipelines')} make -C run -f ${resolve('pipelines/coco.mk')} train.jsonl`
  t.not(bash(recipe).status, 0)
  t.notOk(existsSync(join(out, 'train.jsonl')), 'make does not take it for made')
})

t.test('a folder with files of others is left alone', async (t) => {
  mkdirSync(join(folder, 'mine'))
  writeFileSync(join(folder, 'mine', 'thesis.tex'), 'years of work')
  mkdirSync(join(folder, 'shared', 'data', 'coco'), { recursive: true })
  writeFileSync(join(folder, 'shared', 'data', 'coco', 'objects.jsonl.gz'), '')
  const { status, stderr } = bash(
    `M2_SHARED=${join(folder, 'shared')} ${resolve('pipelines/coco-sim.sh')} mine`,
  )
  t.equal(status, 1)
  t.match(stderr, /mine holds files that coco-sim did not make/)
  t.equal(readFileSync(join(folder, 'mine', 'thesis.tex'), 'utf8'), 'years of work')
})

t.test('what is missing is said at once', async (t) => {
  const say = (command: string) => bash(command).stderr
  t.match(
    say(`${resolve('pipelines/coco.sh')} nowhere none.hdf5`),
    /no nowhere\/captions_train2014.json .* none.hdf5/,
  )
  t.match(say(`make -f ${resolve('pipelines/coco.mk')} coco`), /coco\.sh .* run coco\.mk/)
  t.match(
    say(`M2_METEOR=nowhere METEOR= ${resolve('pipelines/coco.sh')} annotations '${features}' run`),
    /METEOR's data is missing/,
  )
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
  return spawnSync('bash', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    // The tests have no data of METEOR's.
    env: { PATH: process.env['PATH'], METEOR: 'none', HOME: folder },
  })
}
