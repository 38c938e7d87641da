/** Compiled training steps, each made when it is first needed. */
import type { Compiled, Engine, State } from '../../engine/engine.js'
import { specsOf } from '../../engine/specs.js'
import type { HostTensors } from '../../tensor.js'
import type { Sizes } from './optimizer.js'
import type { Step } from './step.js'

const most = 12 // compiled at a time

/** Steps on one state; beyond a limit, the least recently used one is dropped. */
export function compiledSteps(engine: Engine, state: State) {
  const compiled = new Map<string, Promise<Compiled>>()
  return {
    async run(name: string, fn: Step, inputs: HostTensors): Promise<HostTensors> {
      let step = compiled.get(name)
      if (step) compiled.delete(name)
      else step = engine.compile(name, fn, { inputs: specsOf(inputs), state })
      compiled.set(name, step) // at the end: the first is the least recently used
      for (const [oldest, old] of compiled) {
        if (compiled.size <= most) break
        compiled.delete(oldest)
        void old.then((one) => one.dispose())
      }
      return await (await step).run(inputs)
    },
    clear(): void {
      for (const step of compiled.values()) void step.then((one) => one.dispose())
      compiled.clear()
    },
  }
}

/** What distinguishes the steps of one state. */
export const stepName = (objective: string, { images, captions, length }: Sizes) =>
  `${objective} step, ${images} x ${captions} captions of ${length}`
