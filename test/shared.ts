/** Where tests find golden numbers, which are in fixtures/goldens, and real data, which is outside the repository. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { Test } from 'tap'

/**
 * The path of a golden file (`goldens/...`), from fixtures/goldens where that has it; of any other, and of real data,
 * from the folder that `M2_SHARED` names, else from `../shared`.
 *
 * @returns undefined where it is not there
 */
export function shared(...path: string[]): string | undefined {
  const wanted = normalize(join(...path))
  const outside = process.env['M2_SHARED'] || '../shared'
  const tiny = join('goldens', 'model', 'tiny')
  const inside = wanted.startsWith(tiny)
    ? join(tinyModel(), wanted.slice(tiny.length))
    : join('fixtures', wanted)
  return [inside, join(outside, wanted)].map((file) => resolve(file)).find((file) => existsSync(file))
}

/** What a test says that found no real data. */
export const noShared = 'no ../shared and no M2_SHARED: real data is not here'

/**
 * A test of real data. Where there is none, a comment says that it did not run. It is no skip, because what it tests on
 * real data other tests test on the data of the repository.
 */
export function testReal(
  t: Test,
  files: readonly (string | undefined)[],
  name: string,
  test: (t: Test) => Promise<void> | void,
): void {
  if (files.every((file) => file !== undefined)) void t.test(name, test)
  else t.comment(`not run: ${name}: ${noShared}`)
}

/** The folder of the tiny reference model, unpacked beside the compiled code the first time. */
function tinyModel(): string {
  const packed = readFileSync('fixtures/goldens/model/tiny.tar.br')
  const hash = createHash('sha256').update(packed).digest('hex').slice(0, 12)
  const folder = join('dist', 'goldens', `tiny-${hash}`)
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const building = mkdtempSync(`${folder}-`)
  for (const { name, data } of tarFiles(brotliDecompressSync(packed)))
    writeFileSync(join(building, name.replace('tiny/', '')), data)
  try {
    renameSync(building, folder)
  } catch (error) {
    rmSync(building, { recursive: true })
    if (!existsSync(folder)) throw error // else another test was quicker
  }
  return folder
}

/** The files of a tar archive: blocks of 512 bytes, a header before each file (POSIX ustar). */
function* tarFiles(tar: Buffer): Generator<{ name: string; data: Buffer }> {
  const field = (header: number, from: number, length: number) =>
    tar.toString('latin1', header + from, header + from + length).replace(/\0.*/s, '')
  for (let at = 0; tar[at];) {
    const size = parseInt(field(at, 124, 12), 8)
    const isFile = field(at, 156, 1) === '0'
    if (isFile) yield { name: field(at, 0, 100), data: tar.subarray(at + 512, at + 512 + size) }
    at += 512 * (1 + Math.ceil(size / 512))
  }
}
