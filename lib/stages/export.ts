/** `m2 export`: a model for other programs. */
import { basename, dirname } from 'node:path'
import { DataError, UsageError } from '../errors.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'export',
  positional: {
    model: { required: true, describe: 'Model directory', metavar: 'DIR' },
  },
  options: {
    safetensors: {
      describe: "Write weights and buffers under the reference's names, for PyTorch's load_state_dict",
      metavar: 'FILE',
    },
    onnx: {
      describe:
        'Write search.onnx (features in, captions out), encoder.onnx, decode-step.onnx and vocab.json, for any ONNX runtime: docs/onnx.md',
      metavar: 'DIR',
    },
    int8: { type: 'boolean', describe: 'Quantize the weights of the ONNX graphs to int8' },
    images: {
      type: 'integer',
      min: 1,
      default: 1,
      describe:
        'Images that one run of encoder.onnx and decode-step.onnx takes; search.onnx takes any number',
      metavar: 'N',
    },
    beam: {
      type: 'integer',
      min: 1,
      describe: "Beams of an image; default: the model's",
      metavar: 'N',
    },
    maxLength: {
      type: 'integer',
      min: 1,
      describe: "Most words of a caption; default: the model's",
      metavar: 'N',
    },
    overwrite: { type: 'boolean', describe: 'Write into a folder that holds a model, over its files' },
  },
  examples: [
    ['m2 export runs/m2 --safetensors m2.safetensors', "Weights for the reference's PyTorch code"],
    ['m2 export runs/m2 --onnx graphs', 'A graph that captions in any language with an ONNX runtime'],
    [
      'm2 export runs/m2 --onnx graphs --images 8',
      'Graphs of the encoder and of one word, for a search of your own',
    ],
  ],
  async *run(_, { model: directory, safetensors, onnx, int8, images, beam, maxLength, overwrite }) {
    if (safetensors === undefined && onnx === undefined)
      throw new UsageError('nothing to write: give --safetensors FILE or --onnx DIR')
    if (int8 && onnx === undefined) throw new UsageError('--int8 is of the graphs that --onnx DIR writes')
    const { readModelDirectory } = await import('../checkpoint/directory.js')
    const { checkVacant } = await import('../checkpoint/vacancy.js')
    // A model's own weights have this name, and graphs come with a vocab.json.
    if (safetensors !== undefined && basename(safetensors) === 'model.safetensors')
      await checkVacant(dirname(safetensors), overwrite)
    if (onnx !== undefined) await checkVacant(onnx, overwrite)
    const model = await readModelDirectory(directory)
    const { config, parameters } = model
    if (safetensors !== undefined) {
      const { referenceBuffers } = await import('../checkpoint/weights.js')
      const { writeSafetensors } = await import('../formats/safetensors.js')
      const tensors = { ...parameters, ...referenceBuffers(config.model) }
      await writeSafetensors(safetensors, tensors, { format: 'pt' })
      yield { file: safetensors, tensors: Object.keys(tensors).length }
    }
    if (onnx !== undefined) {
      const length = maxLength ?? config.decode.maxLength
      if (length > config.model.maxLength)
        throw new DataError(`${directory}: the model has ${config.model.maxLength} positions, not ${length}`)
      const { writeOnnx } = await import('../checkpoint/export-onnx.js')
      const seats = { slots: images, beams: beam ?? config.decode.beam, length }
      yield* await writeOnnx(onnx, model, seats, int8 ? 'int8' : 'float32')
    }
  },
})
