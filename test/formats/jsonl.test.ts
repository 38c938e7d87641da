/** JSONL streams: lines, records and their errors. */
import fc from 'fast-check'
import t from 'tap'
import { DataError } from '../../lib/errors.js'
import { readLines, readRecords } from '../../lib/formats/jsonl.js'
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
  await t.rejects(records('[]'), /stdin:1: /)
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
