import { UsageError } from '../errors.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'export',
  positional: {
    model: { required: true, describe: 'Model directory', metavar: 'DIR' },
  },
  options: {
    safetensors: {
      describe: "Weights and buffers under the reference's names, for PyTorch's load_state_dict",
      metavar: 'FILE',
    },
  },
  examples: [['m2 export runs/m2 --safetensors m2.safetensors', "Weights for the reference's PyTorch code"]],
  async *run(_, { model, safetensors }) {
    if (safetensors === undefined) throw new UsageError('nothing to write: give --safetensors FILE')
    const { readModelDirectory } = await import('../checkpoint/directory.js')
    const { config, parameters } = await readModelDirectory(model)
    const { referenceBuffers } = await import('../checkpoint/reference.js')
    const { writeSafetensors } = await import('../checkpoint/safetensors.js')
    const tensors = { ...parameters, ...referenceBuffers(config.model) }
    await writeSafetensors(safetensors, tensors, { format: 'pt' })
    yield { file: safetensors, format: 'safetensors', tensors: Object.keys(tensors).length }
  },
})
