/** The parameters of the models that decode together, as an engine takes them. */
import type { State, Tensors } from '../../engine/engine.js'
import type { ModelConfig } from '../../model/config.js'
import type { HostTensors } from '../../tensor.js'

/** One model, an ensemble of several that decode by the mean of their log-probabilities, or the one in training. */
export type Models =
  | readonly { readonly config: ModelConfig; readonly parameters: HostTensors }[]
  /** Its parameters belong to the engine. */
  | { readonly config: ModelConfig; readonly state: State }

/** Parameters as an engine takes them: constants of one or several models, or the state of the one in training. */
export function parametersOf(models: Models) {
  if ('state' in models) {
    const { config, state } = models
    return { configs: [config], signature: { state }, ofModel: (tensors: Tensors): Tensors => tensors }
  }
  const constants = prefixed(models.map(({ parameters }) => parameters))
  const ofModel = (tensors: Tensors, model: number): Tensors => unprefixed(tensors, model)
  return { configs: models.map(({ config }) => config), signature: { constants }, ofModel }
}

/** Names of several models side by side: `0.encoder.fc.weight`. */
export const prefixed = <T>(models: readonly Readonly<Record<string, T>>[]): Record<string, T> =>
  Object.fromEntries(
    models.flatMap((entries, i) => Object.entries(entries).map(([name, entry]) => [`${i}.${name}`, entry])),
  )

/** The entries of one model, under their own names. */
export const unprefixed = <T>(entries: Readonly<Record<string, T>>, model: number): Record<string, T> =>
  Object.fromEntries(
    Object.entries(entries)
      .filter(([name]) => name.startsWith(`${model}.`))
      .map(([name, entry]) => [name.slice(`${model}.`.length), entry]),
  )
