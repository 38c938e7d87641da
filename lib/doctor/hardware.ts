/** The processor and the memory of this machine. */
import { readFile } from 'node:fs/promises'
import { cpus, freemem, totalmem } from 'node:os'
import { outputOf } from './program.js'

/** Instruction sets that ONNX Runtime's kernels are faster with, by the names that Linux gives them. */
const known: Readonly<Record<string, string>> = {
  avx2: 'AVX2',
  avx512f: 'AVX-512',
  avx_vnni: 'VNNI',
  avx512_vnni: 'VNNI (512 bits)',
  avx512_bf16: 'bfloat16',
  amx_int8: 'AMX int8',
  amx_bf16: 'AMX bfloat16',
  asimd: 'NEON',
  asimddp: 'dot products',
  i8mm: 'int8 products',
  bf16: 'bfloat16',
  sve: 'SVE',
}

/** The instruction sets of {@link known} that this processor has; none where the system does not tell. */
export async function instructionSets(): Promise<string[]> {
  const flags = new Set((await flagsText()).toLowerCase().split(/\s+/))
  return Object.entries(known).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []))
}

async function flagsText(): Promise<string> {
  if (process.platform === 'darwin') {
    const x86 = await outputOf(['sysctl', '-n', 'machdep.cpu.features', 'machdep.cpu.leaf7_features'])
    return x86 ?? 'asimd' // Apple's own processors have NEON and no such entries
  }
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  return /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? ''
}

export const processorName = async (): Promise<string> => cpus()[0]?.model.trim() ?? ''

/** Memory in bytes that this process may use: the machine's, or its control group's where that is less. */
export function memoryLimit(): { total: number; free: number } {
  const limit = process.constrainedMemory()
  const total = limit > 0 && limit < totalmem() ? limit : totalmem()
  return { total, free: Math.min(total, process.availableMemory?.() ?? freemem()) }
}
