/** Pickles of every protocol, damaged and hostile ones too. */
import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import t from 'tap'
import { readPickle } from '../../../lib/formats/pickle/pickle.js'
import { DataError } from '../../../lib/errors.js'

/** The same values and the same attack in each protocol from 0 to 5, by Python 3.11. */
const golden: { values: string[]; attack: string[] } = JSON.parse(
  readFileSync('test/formats/fixtures/pickles.json', 'utf8'),
)
const decode = (base64: string) => Buffer.from(base64, 'base64')
const read = (bytes: Uint8Array | string) =>
  readPickle(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, { where: 'test.pkl' })

t.test('Python values in every protocol', async (t) => {
  const nested = [[[]]]
  const expected = new Map<string, unknown>([
    ['none', null],
    ['yes', true],
    ['no', false],
    ['ints', [0, -1, 255, 256, 65536, -(2 ** 31), 2 ** 40, -(2n ** 63n), 2n ** 70n]],
    ['floats', [0.5, -1e300, Infinity]],
    ['text', 'a mané 中 \u{1F600}\n\\'],
    ['mark', '\ufeff'],
    ['bytes', Uint8Array.of(0, 255)],
    ['tuple', [1, [2], [3, 4], [5, 6, 7], [8, 9, 10, 11], []]],
    ['set', new Set([1])],
    ['frozen', new Set([2])],
    ['ordered', new Map([['x', 1]])],
    ['default', new Map([['a', 1]])],
    ['counter', new Map([['w', 3]])],
    ['nested', nested],
    ['same', nested],
  ])
  for (const [protocol, pickle] of golden.values.entries()) {
    const bytes = decode(pickle)
    const { value, end } = read(bytes)
    t.same(value, expected, `protocol ${protocol}`)
    t.equal(end, bytes.length)
    t.ok(value instanceof Map && value.get('same') === value.get('nested'), 'one object stays one object')
  }
})

t.test('strings of bytes, as Python 2 writes them', async (t) => {
  t.equal(read("S'caf\\xc3\\xa9 \\'s\\n'\n.").value, "café 's\n")
  t.equal(read('U\x03caf.').value, 'caf')
  t.equal(read('T\x02\0\0\0\xff\xfe.').value, 'ÿþ', 'text that is not UTF-8 has one character per byte')
})

t.test('a pickle that calls os.system is refused by name and does not run', async (t) => {
  for (const [protocol, attack] of golden.attack.entries())
    t.throws(
      () => read(decode(attack)),
      { name: 'DataError', message: /posix\.system.*refused/ },
      `${protocol}`,
    )
  for (const name of [
    'os\nsystem',
    'builtins\neval',
    '__builtin__\nexec',
    'Object\nconstructor',
    'x\n__proto__',
  ])
    t.throws(() => read(`c${name}\n(S'touch m2-pickle-was-executed'\ntR.`), {
      message: new RegExp(`names ${name.replace('\n', '\\.')}, which is refused`),
    })
  t.throws(() => read("(ios\nsystem\nS'ls'\n."), /os\.system/)
  t.notOk(existsSync('m2-pickle-was-executed'))
})

t.test('damaged and hostile pickles', async (t) => {
  const bad: [string, RegExp][] = [
    ['', /truncated/],
    ['# text', /no pickle operation 35 at byte 0/],
    ['X\xff\xff\xff\xffabc', /truncated: 4294967295 bytes expected at byte 5/],
    ['\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.', /truncated/],
    ['T\xff\xff\xff\xff.', /a length of -1/],
    ['\x80\x06.', /pickle protocol 6 is not known/],
    ['.', /ends with 0 values/],
    ['(.', /ends with 1 values/],
    ['NN.', /ends with 2 values/],
    ['h\x05.', /nothing was kept under 5/],
    ['Nr\xff\xff\xff\x7f.', /memo entry 2147483647 after 0 others/],
    ['K\x01K\x02s.', /on the stack|no dict/],
    ['N(K\x01e.', /elements for something that is not a list/],
    ['NNR.', /a call of something that is not a function/],
    ['Nq\0Q.', /an object outside itself/],
    ['I12x\n.', /the integer "12x"/],
    ['ccollections\nOrderedDict\n(]K\x01atR.', /collections\.OrderedDict: expected pairs/],
    ['('.repeat(2000), /nested deeper than 1000 levels/],
    ['\x8b\xff\xff\xff\x7f.', /an integer of 2147483647 bytes/],
    // a list of 100,000 copied 2,000 times
    [`(${'N'.repeat(1e5)}lq\0${'cbuiltins\nlist\nh\0\x85R0'.repeat(2000)}.`, /unpacks to more than/],
  ]
  for (const [pickle, message] of bad) t.throws(() => read(pickle), { name: /Error$/, message }, `${message}`)
})

t.test('whatever the bytes, the only error is DataError', async (t) => {
  const whole = golden.values.map(decode)
  for (const bytes of whole)
    for (let length = 0; length < bytes.length; length += 7)
      t.throws(() => read(bytes.subarray(0, length)), { name: 'TruncatedError' }, `cut to ${length} bytes`)
  const damaged = fc
    .tuple(fc.constantFrom(...whole), fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const copy = Uint8Array.from(bytes)
      for (const [at, byte] of changes) copy[at % copy.length] = byte
      return copy
    })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        read(bytes)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
      }
    }),
    { numRuns: 3000 },
  )
})
