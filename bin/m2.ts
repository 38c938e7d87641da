#!/usr/bin/env node
/** The command `m2`. */
const major = Number(process.versions.node.split('.')[0])
if (major >= 20 && major <= 22) {
  const { main } = await import('../lib/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  process.stderr.write(`m2 runs on Node 20 to 22; this is Node ${process.versions.node}.\n`)
  process.exitCode = 2
}
