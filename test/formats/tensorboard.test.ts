/** TensorBoard event files. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import t from 'tap'
import { crc32c, createEventFile, frame } from '../../lib/formats/tensorboard.js'

t.test('CRC-32C of the examples of RFC 3720', async (t) => {
  t.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  t.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  t.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
})

t.test('scalars come back as TensorFlow reads them', async (t) => {
  const directory = t.testdir()
  const file = await createEventFile(join(directory, 'board'))
  await file.scalars(3, { loss: 0.5, 'val/CIDEr-D': 1.25 })
  await file.close()
  const [name = ''] = readdirSync(join(directory, 'board'))
  t.match(name, /^events\.out\.tfevents\.\d+\./)

  const { root } = protobuf.parse(
    `syntax = "proto3";
    message Value { string tag = 1; float simple_value = 2; }
    message Summary { repeated Value value = 1; }
    message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }`,
    { keepCase: true },
  )
  const Event = root.lookupType('Event')
  const bytes = readFileSync(join(directory, 'board', name))
  const events = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    const data = bytes.subarray(at + 12, at + 12 + length)
    t.same(bytes.subarray(at, at + length + 16), frame(data), 'framed with its checksums')
    events.push(Event.toObject(Event.decode(data), { longs: Number }))
    at += length + 16
  }
  t.match(events, [
    { file_version: 'brain.Event:2' },
    {
      step: 3,
      summary: {
        value: [
          { tag: 'loss', simple_value: 0.5 },
          { tag: 'val/CIDEr-D', simple_value: 1.25 },
        ],
      },
    },
  ])
})
