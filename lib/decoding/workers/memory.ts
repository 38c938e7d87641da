/** Memory given back to the system at once, where large blocks would otherwise wait for the garbage collector. */
import { MessageChannel } from 'node:worker_threads'
import koffi from 'koffi'

/** Frees the memory of buffers now. They are empty afterwards. */
export function release(buffers: Iterable<ArrayBuffer>): void {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(undefined, [...new Set(buffers)])
  port1.close()
  port2.close()
}

/**
 * Makes the C library return blocks of some megabytes to the system when they are freed. glibc would keep blocks of up to
 * 32 MB for the thread that freed them: hundreds of megabytes after a model is packed. Other C libraries do so anyway.
 */
export function returnLargeBlocks(): void {
  try {
    koffi.load('libc.so.6').func('mallopt', 'int', ['int', 'int'])(mmapThreshold, 4 * 2 ** 20)
  } catch {} // not glibc
}

/** M_MMAP_THRESHOLD of malloc.h */
const mmapThreshold = -3
