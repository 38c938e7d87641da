/** Writes what is made from the stages' own declarations: docs/cli.md and the types of the library's options. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { commandReference } from '../lib/cli/docs.js'
import { file, libraryOptions } from './library-options.js'

mkdirSync('docs', { recursive: true })
writeFileSync('docs/cli.md', await commandReference())
writeFileSync(file, await libraryOptions())
