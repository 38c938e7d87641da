/** All tfjs kernels that can be recorded. */
import { elementwise } from './elementwise.js'
import { fused } from './fused.js'
import { indexing } from './indexing.js'
import type { Kernels } from './kernel.js'
import { product } from './product.js'
import { reduction } from './reduction.js'
import { shape } from './shape.js'

/** Every tfjs kernel that the tracer maps to ONNX, by tfjs's name. */
export const kernels: Kernels = { ...elementwise, ...reduction, ...shape, ...product, ...indexing, ...fused }
