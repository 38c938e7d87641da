import koffi from 'koffi'

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
