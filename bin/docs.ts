/** Writes docs/cli.md from the stages' own declarations: `npm run docs`. A test fails when it is stale. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { commandReference } from '../lib/cli/docs.js'

mkdirSync('docs', { recursive: true })
writeFileSync('docs/cli.md', await commandReference())
