/** State where the engine computes, and how runs read and replace its entries. */
import type ort from 'onnxruntime-node'
import { DataError } from '../../errors.js'
import { zeros, type HostTensor, type HostTensors, type Specs, type TensorSpec } from '../../tensor.js'
import type { State } from '../engine.js'
import { checkTensor, specsOf } from '../specs.js'
import type { Operand } from './session.js'

/** State as the runs of sessions see it. */
export interface BoundState extends State {
  /** Resolves when the entries are where the engine computes. */
  ready(): Promise<void>
  /** What holds an entry now. */
  current(name: string): Operand
  /** Where a run may write an entry's next value; null where the device has room of its own. */
  next(name: string): HostTensor | null
  /** Makes what a run gave as the next values of entries current. */
  advance(results: Readonly<Record<string, ort.Tensor>>): void
}

/**
 * An entry that functions replace has two buffers: a run reads one while it writes the other. A state in place has one
 * buffer for each entry.
 *
 * @param tensors belong to the state from now on
 */
export function createHostState(
  tensors: HostTensors,
  onDispose: (state: State) => void = () => undefined,
  { inPlace = false } = {},
): BoundState {
  const specs: Specs = specsOf(tensors)
  const entries = new Map(
    Object.entries(tensors).map(([name, current]) => [
      name,
      { current, spare: inPlace ? current : undefined },
    ]),
  )
  const entry = (name: string) => {
    const found = entries.get(name)
    if (!found) throw new DataError(`the state has no entry ${name}`)
    return found
  }
  const state: BoundState = {
    specs,
    ready: async () => {},
    current: (name) => entry(name).current,
    next: (name) => (entry(name).spare ??= zeros(specs[name]!)),
    advance(results) {
      for (const name of Object.keys(results)) {
        const pair = entry(name)
        if (pair.spare) [pair.current, pair.spare] = [pair.spare, pair.current]
      }
    },
    async read(names = Object.keys(specs)) {
      return Object.fromEntries(names.map((name) => [name, copyOf(entry(name).current)]))
    },
    async view(names = Object.keys(specs)) {
      return Object.fromEntries(names.map((name) => [name, entry(name).current]))
    },
    async write(values) {
      for (const [name, value] of Object.entries(values)) {
        const { current } = entry(name)
        checkTensor('the state', name, value, current as TensorSpec) // as specsOf made sure
        if (current.data !== value.data) current.data.set(value.data as never) // of the same type, as was checked
      }
    },
    dispose() {
      entries.clear()
      onDispose(state)
    },
  }
  return state
}

/** Copies of tensors, by their names. */
export const copiesOf = (tensors: HostTensors): HostTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, copyOf(tensor)]))

const copyOf = (tensor: HostTensor): HostTensor => ({ ...tensor, data: tensor.data.slice() }) as HostTensor // of its own type
