/** What tfjs-node calls of `node:util` is there on every Node, and Node's own functions are left alone. */
import { createRequire } from 'node:module'
import util from 'node:util'
import t from 'tap'
import { restoreLegacyUtil } from '../../lib/engine/legacy-util.js'

t.test('removed functions come back where CommonJS packages look for them', async (t) => {
  const before = util.inspect
  restoreLegacyUtil()
  const required = createRequire(import.meta.url)('node:util') as typeof util & Legacy // the same module, as tfjs-node loads it
  t.equal(required.isNullOrUndefined(undefined), true)
  t.equal(required.isNullOrUndefined(null), true)
  t.equal(required.isNullOrUndefined(0), false)
  t.equal(required.isArray([]), true)
  t.equal(required.isArray(new Float32Array()), false)
  t.equal(util.inspect, before)
})

interface Legacy {
  isNullOrUndefined(value: unknown): boolean
  isArray(value: unknown): boolean
}
