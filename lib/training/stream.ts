/** A list as the stream that decoding reads. */
export async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
