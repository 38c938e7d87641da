/** JSONL streams: lines, records and their errors. */
import fc from 'fast-check'
import t from 'tap'
import { DataError } from '../../lib/errors.js'
import { readRecords } from '../../lib/formats/jsonl.js'
import { readLines } from '../../lib/formats/lines.js'
import { captionsRecord, imageRecord } from '../../lib/records.js'

async function* chunks(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const records = (
  text: string,
  size = 5,
  reject: (error: DataError) => void = (error) => {
    throw error
  },
) => collect(readRecords(chunks(Buffer.from(text), size), captionsRecord, { lines: new WeakMap(), reject }))

t.test('records survive any cutting of the stream into chunks', async () => {
  const record = fc.record({
    image_id: fc.oneof(fc.integer(), fc.string({ minLength: 1 })),
    captions: fc.array(fc.string({ unit: 'grapheme' })),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      async (list, size) => {
        const text = list.map((entry) => JSON.stringify(entry)).join('\n')
        const read = await records(text, size)
        return JSON.stringify(read) === JSON.stringify(list)
      },
    ),
  )
})

t.test('lines are numbered as an editor numbers them, blank ones included', async (t) => {
  t.same(await collect(readLines(chunks(Buffer.from('a\n\n \nb\r\nc'), 2))), [
    [1, 'a'],
    [4, 'b\r'],
    [5, 'c'],
  ])
})

t.test('what does not fit is named with its place', async (t) => {
  await t.rejects(
    records('{"image_id":1,"captions":["a"]}\n{"image_id":2'),
    /stdin:2: expected one JSON record a line/,
  )
  await t.rejects(records('{"captions":["a"]}'), /stdin:1: image_id: expected a number or a string/)
  await t.rejects(records('{"image_id":1,"captions":"a"}'), /stdin:1: captions: /)
  await t.rejects(collect(readLines(chunks(Uint8Array.of(0x22, 0xff, 0x22), 9))), /stdin:1: expected UTF-8/)
  await t.rejects(records('[{"image_id":1}]'), /stdin: \[0\]: captions: .*m2 captions reads them/)
})

t.test('a rejected line costs only itself when the caller goes on', async (t) => {
  const rejected: string[] = []
  const read = await records(
    '{"image_id":1,"captions":[]}\nnonsense\n{"image_id":2,"captions":[]}\n',
    7,
    (error) => {
      rejected.push(error.message)
    },
  )
  t.match(read, [{ image_id: 1 }, { image_id: 2 }])
  t.match(rejected, [/stdin:2/])
})

t.test('unknown fields pass through', async (t) => {
  const [record] = await collect(
    readRecords(chunks(Buffer.from('{"image_id":"x","domain":"near"}'), 99), imageRecord, {
      lines: new WeakMap(),
      reject: () => undefined,
    }),
  )
  t.same(record, { image_id: 'x', domain: 'near' })
})

t.test('a JSON array of records is read as its records', async (t) => {
  const text = ' [ {"image_id":1,"captions":["a"]},\n {"image_id":2,"captions":[]} ]\n'
  for (const size of [1, 5, 999])
    t.strictSame(await records(text, size), [
      { image_id: 1, captions: ['a'] },
      { image_id: 2, captions: [] },
    ])
  await t.rejects(records('[{"image_id":1,"captions":[]},'), /stdin: the file ends early/)
})

t.test('long lines: read in linear time, refused beyond the bound, told what they are', async (t) => {
  process.env['M2_MAX_RECORD'] = '1M'
  t.teardown(() => delete process.env['M2_MAX_RECORD'])
  const line = `{"image_id":1,"captions":["${'x'.repeat(900_000)}"]}`
  t.match(await records(`${line}\n${line}`, 1000), [{ image_id: 1 }, { image_id: 1 }])
  const longer = line.replace('x', 'x'.repeat(200_000))
  await t.rejects(records(`\n${longer}`, 1000), {
    message: 'stdin:2: a line of more than 1048576 bytes is refused. M2_MAX_RECORD raises this bound',
  })
  await t.rejects(records(`{"info": {}, "images": [${longer}]}`, 1000), {
    message: /M2_MAX_RECORD raises this bound; this is a whole file, not a record: m2 captions FILE/,
  })
  await t.rejects(records(' '.repeat(2_000_000), 1000), { message: /stdin:1: a line of more than/ })
})

t.test('what cannot be written again unchanged is refused or kept', async (t) => {
  const [record] = await records(
    '{"image_id":12345678901234567891,"captions":[],"__proto__":{"a":1},"n":9007199254740993}',
  )
  t.equal(
    JSON.stringify(record),
    '{"image_id":"12345678901234567891","captions":[],"n":"9007199254740993","__proto__":{"a":1}}',
  )
  t.strictSame(await records('{"image_id":9007199254740992,"captions":[]}'), [
    { image_id: '9007199254740992', captions: [] },
  ])
  await t.rejects(
    records('{"image_id":1,"captions":[],"x":1e999}'),
    /stdin:1: .*1e999 is too large for a double/,
  )
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
  await t.rejects(
    records(`{"image_id":1,"captions":[],"x":${deep}}`),
    /stdin:1: .*nested deeper than 1000 levels/,
  )
  await t.rejects(records('{"image_id":1.5,"captions":[]}'), /image_id: expected an integer or a string/)
})

t.test('a file of another kind is named and not printed', async (t) => {
  const start = (bytes: string) => collect(readLines(chunks(Buffer.from(bytes, 'latin1'), 100), 'x'))
  await t.rejects(start('PK\x03\x04aaa'), { message: /^x: expected lines of text, got a zip archive/ })
  await t.rejects(start('\xff\xd8\xff\xe0'), { message: 'x: expected lines of text, got a JPEG image' })
  await t.rejects(start('abc\0def'), { message: 'x: expected lines of text, got a binary file' })
  await t.rejects(start('{"a":1}\n"\xe9"\n'), { message: 'x:2: expected UTF-8 text, got other bytes' })
})
