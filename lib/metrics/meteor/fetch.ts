/** Puts METEOR's data into a folder, from pip or from where it is installed. */
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fetchPackage, save } from '../../files/python-package.js'
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
): Promise<void> {
  await makeDirectory(folder)
  const staging = await mkdtemp(join(folder, '.part-'))
  try {
    if (from === 'pip') {
      await downloadInto(staging)
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

const downloadInto = (folder: string): Promise<void> =>
  fetchPackage(
    {
      name: 'pycocoevalcap',
      files: packaged,
      advice: 'Where it is installed elsewhere, --from DIR takes its folder.',
    },
    folder,
  )

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
