import { DataError } from '../errors.js'
import type { Tensors } from '../engine/engine.js'
import type { Tensor } from '../engine/tfjs.js'

export type { Tensors }

/** A part of a model: the parameters whose names start with its path, as `encoder.layers.0.` does. */
export interface Scope {
  readonly path: string
  /** The parameter of this name below the path. */
  get(name: string): Tensor
  /** The part of this name below the path. */
  in(name: string): Scope
}

/** The whole of a model's parameters as a scope; `get` throws a DataError that names a missing one. */
export function scopeOf(parameters: Tensors, path = ''): Scope {
  return {
    path,
    get(name) {
      const parameter = parameters[path + name]
      if (!parameter)
        throw new DataError(`the model has no parameter ${path}${name}; its configuration asks for one`)
      return parameter
    },
    in: (name) => scopeOf(parameters, `${path}${name}.`),
  }
}
