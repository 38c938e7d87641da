/** Puts METEOR's data into a folder, from pip or from where it is installed. */
import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import yauzl from 'yauzl'
import { DataError, codeOf, messageOf } from '../../errors.js'
import { makeDirectory } from '../../files/replace.js'
import { filesOf, partNames, parts } from './locate.js'

/** The data that pip's package holds, and where it belongs in a folder of METEOR's data. */
const packaged: Readonly<Record<string, string>> = {
  'pycocoevalcap/meteor/meteor-1.5.jar': 'meteor-1.5.jar',
  'pycocoevalcap/meteor/data/paraphrase-en.gz': 'data/paraphrase-en.gz',
}

/**
 * Puts METEOR's data into a folder: by pip, out of pycocoevalcap's package, of which nothing is installed or run; or
 * out of a folder, an installed pycocoevalcap or a jar. What lies in the folder is replaced only by data that passed
 * the check.
 *
 * @param from `pip`, or a path
 * @throws DataError if the data or pip is missing, or pip fails
 */
export async function fetchMeteor(
  from: string,
  folder: string,
  check: (folder: string) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  await makeDirectory(folder)
  const staging = await mkdtemp(join(folder, '.part-'))
  try {
    if (from === 'pip') {
      await downloadInto(staging, signal)
      await check(staging)
    } else {
      await check(from)
      await copyInto(staging, from)
    }
    for (const file of await filesUnder(staging)) {
      await makeDirectory(dirname(join(folder, file)))
      await rename(join(staging, file), join(folder, file))
    }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function downloadInto(folder: string, signal?: AbortSignal): Promise<void> {
  const download = join(folder, 'download')
  await runPip(download, signal)
  const wheel = (await readdir(download)).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new DataError('pip: expected a wheel of pycocoevalcap, got none')
  await unpack(join(download, wheel), folder)
  await rm(download, { recursive: true })
}

async function copyInto(folder: string, place: string): Promise<void> {
  const { jar, loose, paraphrases } = filesOf(place)
  const copies: [from: string, to: string][] = []
  if (jar !== undefined) copies.push([jar, 'meteor-1.5.jar'])
  if (paraphrases !== undefined) copies.push([paraphrases, 'data/paraphrase-en.gz'])
  for (const part of partNames) {
    const file = loose[part]
    if (file !== undefined) copies.push([file, parts[part]])
  }
  for (const [from, to] of copies) await save(createReadStream(from), join(folder, to))
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

async function runPip(download: string, signal?: AbortSignal): Promise<void> {
  const words = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', download]
  for (const python of ['python3', 'python'])
    try {
      await promisify(execFile)(python, [...words, 'pycocoevalcap'], { signal })
      return
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue
      if (signal?.aborted) throw error
      throw new DataError(`pip could not download pycocoevalcap: ${lastLine(messageOf(error))}`)
    }
  throw new DataError(
    'expected python3 with pip on PATH, to download pycocoevalcap with. Where it is installed elsewhere, --from DIR takes its folder.',
  )
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''

async function unpack(wheel: string, folder: string): Promise<void> {
  const wanted = new Map(Object.entries(packaged))
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

async function save(bytes: Readable, file: string): Promise<void> {
  await makeDirectory(dirname(file))
  await pipeline(bytes, createWriteStream(file))
}
