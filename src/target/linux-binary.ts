import { type FileHandle, open } from 'node:fs/promises';
import type { ProgramEnd } from '../files/run-program.js';
import { isHardFloatArm, isI686, readElf } from './elf.js';
import type { VersionPair } from './platforms.js';
import type { ProbeAnswer } from './probe-answer.js';
import type { LinuxBinaryFacts } from './probe-tags.js';

/**
 * Reads from the interpreter's own file what Python does not tell: whether it is linked to musl, and on 32-bit
 * machines for which ABI it was built. No file is opened where glibc answers for a 64-bit Python.
 */
export async function readLinuxBinary(
  answer: Pick<ProbeAnswer, 'bits' | 'glibc' | 'environment'>,
  executable: string,
  runLoader: (program: string) => Promise<ProgramEnd>,
): Promise<LinuxBinaryFacts> {
  if (answer.bits === 64 && answer.glibc !== undefined) return { musl: undefined, wheelAbi: true };
  const elf = await readProgram(executable);
  const machine = answer.environment.platform_machine;
  // A 32-bit Intel or Arm program: only the ABI of the manylinux images will do (PEP 513, PEP 599).
  const wheelAbi =
    answer.glibc === undefined ||
    !/^(?:x86_64|i\d86|aarch64|armv[78]l)$/.test(machine) ||
    (elf !== undefined && (/86/.test(machine) ? isI686(elf) : isHardFloatArm(elf)));
  const loader = answer.glibc === undefined ? elf?.interpreter : undefined;
  // PEP 656: the loader of musl says its version when it is run without arguments.
  if (loader === undefined || !loader.includes('musl')) return { musl: undefined, wheelAbi };
  const end = await runLoader(loader);
  return { musl: end.kind === 'ended' ? parseMuslVersion(end.stderr) : undefined, wheelAbi };
}

/** The version in what the loader prints: `musl libc (x86_64)`, then `Version 1.2.4`. */
export function parseMuslVersion(text: string): VersionPair | undefined {
  const match = /^musl[^\n]*\n\s*Version (\d+)\.(\d+)/.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

async function readProgram(path: string): ReturnType<typeof readElf> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const file = handle;
    return await readElf(async (position, length) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, position);
      return buffer.subarray(0, bytesRead);
    });
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}
