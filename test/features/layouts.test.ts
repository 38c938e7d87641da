/** Grids, names and tables: where the features of an image are, and in which order. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as h5wasm from 'h5wasm/node'
import t from 'tap'
import { matrixOf, regionShape } from '../../lib/features/layouts/grid.js'
import { namingOf } from '../../lib/features/layouts/naming.js'
import { h5py, noH5py } from '../h5py.js'
import { noShared, shared } from '../shared.js'
import { m2 } from '../training/toy-run.js'

t.setTimeout(300_000)

const folder = mkdtempSync(join(tmpdir(), 'm2-layouts-'))
t.teardown(async () => (await import('node:fs/promises')).rm(folder, { recursive: true }))
await h5wasm.ready

t.test('a grid with its channels first is told from one with them last', async (t) => {
  for (const [shape, regions, width, channelsFirst] of [
    [[36, 2048], 36, 2048, false],
    [[7, 7, 2048], 49, 2048, false],
    [[1, 7, 7, 2048], 49, 2048, false],
    [[2048, 7, 7], 49, 2048, true],
    [[1, 2048, 19, 29], 551, 2048, true],
    [[36, 1, 2048], 36, 2048, false],
  ] as const)
    t.strictSame(regionShape(shape, 'x'), { regions, width, channelsFirst }, shape.join())
  t.throws(() => regionShape([12, 12, 16], 'f.npy'), {
    name: 'DataError',
    message: /f\.npy: \(12, 12, 16\) may be \(h, w, c\) or \(c, h, w\): --layout hwc or --layout chw/,
  })
  t.strictSame(regionShape([12, 12, 16], 'x', 'chw'), { regions: 192, width: 12, channelsFirst: true })
  t.throws(() => regionShape([2, 3, 4, 5], 'x'), { message: /got \(2, 3, 4, 5\)/ })
  // Channel c of place p holds 10 c + p.
  const values = Float32Array.from({ length: 4 * 2 }, (_, i) => 10 * Math.floor(i / 2) + (i % 2))
  const { data, shape } = matrixOf(values, [4, 1, 2], { where: 'x' })
  t.strictSame(
    [shape, [...data]],
    [
      [2, 4],
      [0, 10, 20, 30, 1, 11, 21, 31],
    ],
  )
})

t.test('patterns name datasets, and give the ids back', async (t) => {
  t.equal(namingOf('%d_grids').featuresOf('42'), '42_grids')
  t.equal(namingOf('%d_grids').boxesOf('42'), '42_boxes')
  t.equal(namingOf('%s/features').boxesOf('42'), '42/boxes')
  t.equal(namingOf('%012d').featuresOf('42'), '000000000042')
  t.equal(namingOf('%012d').idOf('000000000042'), '42')
  t.equal(namingOf('%d_grids').idOf('42_features'), undefined)
  for (const pattern of ['features', '%d_%d'])
    t.throws(() => namingOf(pattern), { name: 'DataError', message: /expected one %d or %s/ })
})

/** Writes an HDF5 file, groups by their paths. */
function write(
  name: string,
  datasets: Readonly<Record<string, { data: Float32Array | Int32Array; shape: number[] }>>,
) {
  const path = join(folder, name)
  const file = new h5wasm.File(path, 'w')
  for (const [place, { data, shape }] of Object.entries(datasets)) {
    const [group, dataset] = place.includes('/') ? (place.split('/') as [string, string]) : [undefined, place]
    const target = group === undefined ? file : (file.get(group) ?? file.create_group(group))
    ;(target as h5wasm.Group).create_dataset({ name: dataset, data, shape })
  }
  file.close()
  return path
}

const counted = (...shape: number[]) => {
  const size = shape.reduce((product, length) => product * length, 1)
  return { data: Float32Array.from({ length: size }, (_, i) => i), shape }
}

interface Result {
  status: number
  stdout: string
  stderr: string
}
function run(command: string): Result {
  try {
    const script = `m2() { ${JSON.stringify(process.execPath)} ${JSON.stringify(m2)} "$@"; }; ${command}`
    const stdout = execFileSync('bash', ['-c', `{ ${script}; } 2> stderr`], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
    })
    return { status: 0, stdout, stderr: execFileSync('cat', ['stderr'], { cwd: folder, encoding: 'utf8' }) }
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string }
    return { status, stdout, stderr: execFileSync('cat', ['stderr'], { cwd: folder, encoding: 'utf8' }) }
  }
}

/** The features that `m2 features` finds for image 42, inline: their shape and first values. */
function found(command: string) {
  const { status, stdout, stderr } = run(`echo '{"image_id":42}' | m2 features ${command} --inline`)
  if (status !== 0) return { status, stderr }
  const { features } = JSON.parse(stdout) as { features: { data: string; shape: number[] } }
  const bytes = Buffer.from(features.data, 'base64')
  return {
    shape: features.shape,
    first: bytes.readFloatLE(0),
    last: bytes.readFloatLE(bytes.length - 4),
    stderr,
  }
}

t.test('m2 features and m2 pack read the same files', async (t) => {
  write('both.h5', { '42_features': counted(3, 8), '42_grids': counted(2, 2, 8), '42_boxes': counted(3, 4) })
  write('ids.h5', { '42': counted(3, 8), '7': counted(2, 8) })
  write('groups.h5', { '42/features': counted(3, 8), '42/boxes': counted(3, 4), '7/features': counted(2, 8) })
  write('table.h5', { features: counted(2, 3, 8), image_id: { data: Int32Array.of(7, 42), shape: [2] } })
  t.match(found('both.h5'), { shape: [3, 8], last: 23, stderr: /has grids as well as regions/ })
  t.match(found("both.h5 --dataset '%d_grids'"), { shape: [4, 8], last: 31, stderr: '' })
  t.match(found('ids.h5'), { shape: [3, 8] })
  t.match(found('groups.h5'), { shape: [3, 8] })
  t.match(found('table.h5'), { shape: [3, 8], first: 24, last: 47 }, 'the row of image 42')
  for (const [source, images] of [
    ['both.h5', 1],
    ["both.h5 --dataset '%d_grids'", 1],
    ['ids.h5', 2],
    ['groups.h5', 2],
    ['table.h5', 2],
  ] as const) {
    const { stdout, stderr } = run(`m2 pack ${source} --out packed.h5`)
    t.match(stdout, `"images":${images},`, source, { stderr })
    t.match(found('packed.h5'), { shape: [source.includes('grids') ? 4 : 3, 8] }, source)
  }
})

t.test('references to tables and groups are read by later stages; boxes come along', async (t) => {
  write('pairs.h5', { '42/features': counted(3, 8), '42/boxes': counted(3, 4) })
  const { stdout } = run(`echo '{"image_id":42}' | m2 features pairs.h5 | m2 pack --out boxed.h5`)
  t.match(stdout, '"images":1,')
  const { stdout: names } = run(`echo '{"image_id":42}' | m2 features boxed.h5 --dataset '%d_boxes' --inline`)
  t.match(JSON.parse(names), { features: { shape: [3, 4] } }, 'boxes were packed')
  const table = run(
    `echo '{"image_id":7}' | m2 features table.h5 | m2 pack --out row.h5 && echo '{"image_id":7}' | m2 features row.h5 --inline`,
  )
  t.match(table.stdout, '"shape":[3,8]')
})

t.test('several sources become one file; what is there twice is told with both places', async (t) => {
  write('a.h5', { '1_features': counted(2, 8) })
  write('b.h5', { '2_features': counted(3, 8) })
  t.match(run('m2 pack a.h5 b.h5 --out ab.h5').stdout, '"images":2,')
  t.match(run('m2 pack a.h5 a.h5 --out aa.h5'), {
    status: 1,
    stderr: /a\.h5: image 1: it is there twice; the first is at a\.h5/,
  })
  t.match(run(`echo '{"image_id":2}' | m2 features a.h5 b.h5`).stdout, 'b.h5')
})

t.test('what cannot be told is asked for, and what is not known is listed', async (t) => {
  write('square.h5', { '42_features': counted(12, 12, 16) })
  t.match(found('square.h5'), { status: 1, stderr: /--layout hwc or --layout chw/ })
  t.match(found('square.h5 --layout hwc'), { shape: [144, 16] })
  t.match(found('square.h5 --layout chw'), { status: 1, stderr: /m2 pack writes it as/ })
  write('first.h5', { '42_features': counted(64, 3, 5) })
  t.match(run('m2 pack first.h5 --out first.packed.h5').stdout, '"images":1,')
  t.match(found('first.packed.h5'), { shape: [15, 64], last: 959 })
  write('odd.h5', { alpha: counted(3), beta: counted(4) })
  t.match(found('odd.h5'), { status: 1, stderr: /expected datasets ID_features.* it has alpha, beta/s })
})

t.test(
  'rows of different lengths end within the second',
  { skip: shared('cases') ? false : noShared },
  async (t) => {
    const started = performance.now()
    const { status, stderr, stdout } = run(
      `m2 pack ${shared('cases', 'hdf5-hang', 'ragged.hdf5')} --out ragged.h5`,
    )
    t.comment(`exit ${status} after ${Math.round(performance.now() - started)} ms: ${stdout}${stderr}`)
    t.ok(status === 0 || status === 1, `an answer or an error, got ${status}`)
    for (const name of ['many', 'silent'])
      t.match(
        run(
          `echo '{"image_id":1}' | m2 features ${shared('cases', 'hdf5-names', `${name}.hdf5`)} --missing skip --inline`,
        ),
        {
          status: /^[01]$/,
        },
      )
  },
)

t.test(
  'values and links in other files are refused, with the name of the file',
  { skip: noH5py },
  async (t) => {
    writeFileSync(join(folder, 'secret.bin'), Buffer.alloc(4 * 24))
    h5py(
      `
with h5py.File(argv[0] + '/external.h5', 'w') as f:
    f.create_dataset('42_features', (3, 8), 'f4', external=[(argv[0] + '/secret.bin', 0, 96)])
with h5py.File(argv[0] + '/linked.h5', 'w') as f:
    f['42_features'] = h5py.ExternalLink('external.h5', '/42_features')
    f['7_features'] = np.zeros((2, 8), 'f4')
with h5py.File(argv[0] + '/ragged.h5', 'w') as f:
    f['image_id'] = [7, 42]
    f['num_boxes'] = [2, 3]
    rows = f.create_dataset('features', (2,), dtype=h5py.vlen_dtype('f4'))
    rows[0], rows[1] = np.arange(8), np.arange(12)
`,
      folder,
    )
    t.match(found('external.h5'), {
      status: 1,
      stderr: /values of 42_features are in another file, .*secret\.bin/,
    })
    t.match(found('linked.h5'), { status: 1, stderr: /link into external\.h5/ })
    t.match(run('m2 pack ragged.h5 --out packed.h5').stdout, '"images":2,')
    t.match(found('packed.h5'), { shape: [3, 4], last: 11 }, 'rows of different lengths')
  },
)
