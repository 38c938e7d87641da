/**
 * State that stays on the device: each run's outputs are the next run's inputs, and nothing crosses the bus unless somebody
 * reads or writes an entry.
 */
import type ort from 'onnxruntime-node'
import { DataError } from '../../errors.js'
import type { HostTensor, HostTensors, Specs } from '../../tensor.js'
import type { State } from '../engine.js'
import { checkTensor, specsOf } from '../specs.js'
import type { Copier } from './copier.js'
import type { BoundState } from './state.js'

export interface DeviceStateOptions {
  /** Moves tensors between the host and the device. */
  readonly copier: Copier
  /** Runs work when no run is under way: a run disposes of what it replaces. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  onDispose(state: State): void
}

/** Takes tensors to the device. @param initial are copied at once, and must not change until then: see `ready` */
export function createDeviceState(
  initial: HostTensors,
  { copier, inTurn, onDispose }: DeviceStateOptions,
): BoundState {
  const specs: Specs = specsOf(initial)
  const entries = new Map<string, ort.Tensor>()
  const uploaded = upload()
  uploaded.catch(() => undefined) // reported by whatever waits for it first

  async function upload(): Promise<void> {
    for (const [name, tensor] of Object.entries(initial)) entries.set(name, await copier.toDevice(tensor))
  }
  function entry(name: string): ort.Tensor {
    const found = entries.get(name)
    if (!found) throw new DataError(`the state has no entry ${name}`)
    return found
  }
  function replace(name: string, tensor: ort.Tensor): void {
    entry(name).dispose()
    entries.set(name, tensor)
  }
  async function read(names: readonly string[] = Object.keys(specs)): Promise<HostTensors> {
    await uploaded
    return await inTurn(async () => {
      const copies: [string, HostTensor][] = []
      for (const name of names) copies.push([name, await copier.toHost(entry(name), specs[name]!)])
      return Object.fromEntries(copies)
    })
  }

  const state: BoundState = {
    specs,
    ready: () => uploaded,
    current: entry,
    next: () => null,
    advance(results) {
      for (const [name, tensor] of Object.entries(results)) replace(name, tensor)
    },
    read,
    view: read,
    async write(values) {
      await uploaded
      await inTurn(async () => {
        for (const [name, value] of Object.entries(values)) {
          const before = entry(name)
          checkTensor('the state', name, value, specs[name]!)
          const after = await copier.toDevice(value)
          before.dispose()
          entries.set(name, after)
        }
      })
    },
    dispose() {
      onDispose(state)
      void uploaded
        .catch(() => undefined)
        .then(() => {
          for (const tensor of entries.values()) tensor.dispose()
          entries.clear()
        })
    },
  }
  return state
}
