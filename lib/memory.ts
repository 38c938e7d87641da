import { MessageChannel } from 'node:worker_threads'
import koffi from 'koffi'

/** Gives the memory of buffers back at once, which nobody else would claim for long. They are empty then. */
export function release(buffers: Iterable<ArrayBuffer>): void {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(undefined, [...new Set(buffers)])
  port1.close()
  port2.close()
}

/**
 * Has the C library give blocks of some megabytes back to the system when they are freed. glibc would keep them, up to
 * 32 MB each, for the thread that freed them, which packing a model leaves hundreds of megabytes of; others do so anyway.
 */
export function returnLargeBlocks(): void {
  try {
    koffi.load('libc.so.6').func('mallopt', 'int', ['int', 'int'])(mmapThreshold, 4 * 2 ** 20)
  } catch {} // not glibc
}

/** M_MMAP_THRESHOLD of malloc.h */
const mmapThreshold = -3
