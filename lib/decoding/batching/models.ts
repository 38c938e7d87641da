import type { State, Tensors } from '../../engine/engine.js'
import type { ModelConfig } from '../../model/config.js'
import type { Model } from '../../model/transformer.js'
import type { HostTensors } from '../../tensor.js'

/** One model, several that decode together by the mean of their log-probabilities, or the one in training. */
export type Models =
  | readonly { readonly config: ModelConfig; readonly parameters: HostTensors }[]
  /** Its parameters belong to the engine. */
  | { readonly config: ModelConfig; readonly state: State }

/** Parameters as the engine takes them: constants of one or several models, or the state of the one in training. */
export function parametersOf(models: Models) {
  if ('state' in models) {
    const { config, state } = models
    const modelsOf = (tensors: Tensors): Model[] => [{ config, parameters: tensors }]
    return { configs: [config], signature: { state }, modelsOf }
  }
  const configs = models.map(({ config }) => config)
  const constants = prefixed(models.map(({ parameters }) => parameters))
  const modelsOf = (tensors: Tensors): Model[] =>
    configs.map((config, i) => ({ config, parameters: unprefixed(tensors, i) }))
  return { configs, signature: { constants }, modelsOf }
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
