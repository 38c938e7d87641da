import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { locateMeteor } from '../../../lib/metrics/meteor/locate.js'

/** METEOR's own data, which is not in the repository: `M2_METEOR`, or an installed pycocoevalcap. */
export const realFiles = await locateMeteor()
export const noMeteor =
  "METEOR's data is not here: set M2_METEOR, install pycocoevalcap, or run m2 meteor-data --from pip"

/** A small world of data in the layout of METEOR's files; none of it is METEOR's. */
export const smallData = {
  'function/english.words': 'a\nthe\non\n',
  'nonbreaking/english.prefixes': '# comment\nMr\nNo #NUMERIC_ONLY#\n',
  'synonym/english.synsets':
    'dog\n00000001 00000002\nhound\n00000001\ngoose\n00000003\nbird\n00000003\nbake\n00000004\n',
  'synonym/english.exceptions': 'goose\ngeese\n',
}
export const smallParaphrases = [
  ['a dog', 'the hound'],
  ['a dog', 'dog'],
  ['sits', 'is sitting'],
  ['is sitting', 'rests'],
  ['café au lait', 'coffee'],
] as const

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** A paraphrase table as METEOR's is: lines by threes, gzipped. */
export function tableOf(pairs: readonly (readonly [string, string])[]): Uint8Array {
  return gzipSync(pairs.map(([first, second]) => `0.25\n${first}\n${second}\n`).join(''))
}

/** Nothing is found in it: no variables, no Python. */
export const bareEnvironment = (home: string): NodeJS.ProcessEnv => ({ HOME: home, PATH: home })

export const hasJava = ((): boolean => {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
