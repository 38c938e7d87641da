/** Pipes and stdin where a file is expected. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readInput, seekable, spooling, startOf } from '../../lib/files/input.js'
import { readWhole, withFile } from '../../lib/files/read.js'
import { openText } from '../../lib/formats/text.js'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))
const windows = process.platform === 'win32'

/** A pipe that gives these bytes once. */
function pipe(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(`${path}.source`, bytes)
  execFileSync('mkfifo', [path])
  spawn('sh', ['-c', 'cat "$0.source" > "$0"', path], { stdio: 'ignore' }).unref()
  return path
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

t.test('a pipe is read like a file', { skip: windows && 'no mkfifo' }, async (t) => {
  const folder = t.testdir()
  const streamed = pipe(folder, 'streamed', content)
  t.ok((await startOf(streamed)).length >= 512, 'its start can be looked at')
  t.ok((await all(readInput(streamed))).equals(content), 'and all of it read after that')
  await t.rejects(all(readInput(streamed)), { message: /cannot read .*streamed again: it is a pipe/ })
  await t.rejects(startOf(streamed), { message: /it is a pipe, which is read once/ })

  const whole = pipe(folder, 'whole', content)
  t.ok((await readWhole(whole)).equals(content))
  t.ok((await readWhole(whole)).equals(content), 'a copy is read as often as needed')
  t.ok((await all(readInput(whole))).equals(content))
  t.equal((await startOf(whole)).length, 4096)
  t.ok(existsSync(await seekable(whole)))

  const sought = pipe(folder, 'sought', content)
  await startOf(sought)
  const { buffer } = await withFile(sought, (handle) => handle.read(new Uint8Array(4), 0, 4, 299_000))
  t.strictSame([...buffer], [...content.subarray(299_000, 299_004)])

  const zipped = pipe(folder, 'zipped', gzipSync('{"a":1}\n'))
  const { start, bytes } = await openText(zipped)
  t.equal(start, '{"a":1}\n')
  t.equal(String(await all(bytes)), '{"a":1}\n')
})

t.test('a large pipe is told of, an endless one refused', { skip: windows && 'no mkfifo' }, async (t) => {
  const folder = t.testdir()
  const { note, large } = spooling
  const notes: string[] = []
  t.teardown(() => Object.assign(spooling, { note, large }))
  t.teardown(() => delete process.env['M2_MAX_MEMBER'])
  Object.assign(spooling, { note: (message: string) => notes.push(message), large: 100_000 })
  await seekable(pipe(folder, 'large', content))
  t.match(notes, [/large is a pipe and is being copied to .*m2-pipe-.* \(TMPDIR chooses the disk\)/])
  process.env['M2_MAX_MEMBER'] = '200K'
  await t.rejects(readWhole(pipe(folder, 'endless', content)), {
    message: /endless: an input of more than 204800 bytes is refused\. M2_MAX_MEMBER raises this bound/,
  })
})

t.test('copies are removed when the process ends', { skip: windows && 'no mkfifo' }, async (t) => {
  const folder = t.testdir()
  const path = pipe(folder, 'pipe', content)
  const program = `
    const { seekable } = await import(${JSON.stringify(new URL('../../lib/files/input.js', import.meta.url).href)})
    console.log(await seekable(${JSON.stringify(path)}))`
  const copy = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  }).trim()
  t.match(copy, /m2-pipe-/)
  t.notOk(existsSync(copy))
})

t.test('a file is read where it is', async (t) => {
  const folder = t.testdir({ file: 'abc', empty: '' })
  t.equal(await seekable(join(folder, 'file')), join(folder, 'file'))
  t.equal(String(await all(readInput(join(folder, 'file')))), 'abc')
  t.equal((await startOf(join(folder, 'empty'))).length, 0)
  await t.rejects(startOf(join(folder, 'none')), {
    message: /cannot read .*none: ENOENT, there is no such file/,
  })
  await t.rejects(all(readInput(folder)), { message: /EISDIR, expected a file, got a directory/ })
})

t.test('what killed processes left is removed at the next run', async (t) => {
  const { sweep, processTag, sweepBeside, temporaryBeside } = await import('../../lib/files/temporary.js')
  const dead = execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }).trim()
  const tag = processTag()
  const gone = tag.replace(/\d+$/, dead)
  const folder = t.testdir({
    [`a.h5.${gone}-0.tmp`]: '',
    [`a.h5.${tag}-0.tmp`]: '',
    [`a.h5.otherhost-${dead}-0.tmp`]: '',
    [`b.h5.${gone}-0.tmp`]: '',
    'a.h5.12.tmp': '',
    [`m2-pipe-${gone}-x`]: { pipe: '' },
    'a.h5': '',
  })
  await sweepBeside(join(folder, 'a.h5'))
  await sweep(folder, 'm2-pipe-')
  t.strictSame(
    readdirSync(folder).sort(),
    ['a.h5', 'a.h5.12.tmp', `a.h5.${tag}-0.tmp`, `a.h5.otherhost-${dead}-0.tmp`, `b.h5.${gone}-0.tmp`].sort(),
  )
  t.match(temporaryBeside('x'), new RegExp(`^x\\.${tag}-\\d+\\.tmp$`))
  t.ok(readdirSync(tmpdir()).every((name) => !name.startsWith(`m2-pipe-${gone}`)))
  t.equal(readFileSync(join(folder, 'a.h5'), 'utf8'), '')
})
