/** Functions of `node:util` that tfjs-node 4.22, the last version, calls: Node 23 removed one and warns of the other. */
import util from 'node:util'

/** Puts them there for packages loaded afterwards. */
export function restoreLegacyUtil(): void {
  for (const [name, value] of Object.entries(legacy))
    Object.defineProperty(util, name, { value, configurable: true, writable: true })
}

const legacy = {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown) => value === null || value === undefined,
}
