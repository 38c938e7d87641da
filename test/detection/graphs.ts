/** Small ONNX graphs that stand for detectors of others. */
import { buildNetwork } from '../../lib/detection/networks/layers.js'
import { apply, constant, reshape, transpose, type Value } from '../../lib/engine/onnx/graph.js'

/** Mean colours of the cells of a picture: as `map` (1, 3, n, n), or as `regions` (n * n, 3 + 3) with `boxes` (n * n, 4). */
export function gridGraph({
  size,
  cells,
  boxes,
}: {
  size: number
  cells: number
  boxes: boolean
}): Uint8Array {
  const count = cells * cells
  return buildNetwork(
    'grid',
    { weights: {}, file: '' },
    { picture: [1, 3, size, size] },
    ({ graph }, { picture }): Readonly<Record<string, Value>> => {
      const step = size / cells
      const attributes = { kernel_shape: [step, step], strides: [step, step] }
      const map = apply(
        graph,
        'AveragePool',
        [picture],
        { shape: [1, 3, cells, cells], dtype: 'float32' },
        attributes,
      )
      if (!boxes) return { map }
      const rows = transpose(graph, reshape(graph, map, [3, count]), [1, 0])
      const regions = apply(
        graph,
        'Concat',
        [rows, rows],
        { shape: [count, 6], dtype: 'float32' },
        { axis: 1 },
      )
      const corners = Float32Array.from({ length: 4 * count }, (_, i) => {
        const [row, column] = [Math.floor(i / 4 / cells), Math.floor(i / 4) % cells]
        return [column, row, column + 1, row + 1][i % 4]! * step
      })
      return { regions, boxes: constant(graph, corners, [count, 4], 'float32') }
    },
  )
}
