#!/usr/bin/env node
/** The command m2: refuses a Node that is too old before anything loads that would not parse there. */
const major = Number(process.versions.node.split('.')[0])
if (major >= 20) {
  const { main } = await import('../lib/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
} else {
  process.stderr.write(`m2 needs Node 20 or later; this is Node ${process.versions.node}.\n`)
  process.exitCode = 2
}
