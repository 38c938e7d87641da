/** The licenses of the packages that go into the bundle, as their packages carry them. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { manifestOf } from './manifest.js'

/** @param inputs the files of the bundle, as esbuild's metafile names them */
export function licensesOf(inputs: readonly string[]): string {
  const names = inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])
  return [...new Set(names)].sort().map(licenseOf).join('\n')
}

function licenseOf(name: string): string {
  const folder = join('node_modules', name)
  const { version, license } = manifestOf(folder)
  const text = fileIn(folder, /^licen[sc]e/i) ?? sectionOf(fileIn(folder, /^readme/i)) ?? known(license)
  if (text === undefined) throw new Error(`${folder} has no license to go with it`)
  return `${name} ${version}\n\n${text}`
}

function fileIn(folder: string, pattern: RegExp): string | undefined {
  const name = readdirSync(folder).find((file) => pattern.test(file))
  return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8')
}

/** A license that ends a readme, under a heading of its own. */
const sectionOf = (readme?: string) => /^#* ?licen[sc]e\b[^]*/im.exec(readme ?? '')?.[0]

/** tfjs is under the Apache License and carries no copy; TypeScript carries one. */
const known = (license: string) =>
  license === 'Apache-2.0' ? fileIn('node_modules/typescript', /^license/i) : undefined
