/** The Noam schedule of learning rates. */
import type { ModelConfig } from '../../model/config.js'

/**
 * The Noam schedule (Vaswani et al., 2017, section 5.3): the learning rate rises linearly for `warmup` steps, then falls
 * with the root of the step: width^-0.5 * min(step^-0.5, step * warmup^-1.5).
 *
 * @param step counted from 1. The reference counts one more at the start of each epoch, the first included: its k-th
 *   iteration in epoch e (both from 1) of n iterations has step (e - 1) * n + k + e
 */
export function noam(step: number, { width }: Pick<ModelConfig, 'width'>, warmup = 10_000): number {
  return width ** -0.5 * Math.min(step ** -0.5, step * warmup ** -1.5)
}
