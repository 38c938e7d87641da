/** A pool of open sessions. */
import type ort from 'onnxruntime-node'

/**
 * A limited number of open sessions: each holds the working memory of its graph, a gigabyte for a training step. The least
 * recently used one is closed for a new one, and opened again when needed.
 */
export interface SessionPool {
  readonly size: number
  /** The session of a key, opened if need be. */
  get(key: object, open: () => Promise<ort.InferenceSession>): Promise<ort.InferenceSession>
  close(key: object): Promise<void>
}

export function createSessionPool(limit: number): SessionPool {
  const sessions = new Map<object, ort.InferenceSession>() // least recently used first
  const close = async (key: object) => {
    const session = sessions.get(key)
    sessions.delete(key)
    await session?.release()
  }
  return {
    get size() {
      return sessions.size
    },
    async get(key, open) {
      let session = sessions.get(key)
      if (!session) {
        const [oldest] = sessions.keys()
        if (oldest && sessions.size >= limit) await close(oldest)
        session = await open()
      }
      sessions.delete(key)
      sessions.set(key, session)
      return session
    },
    close,
  }
}
