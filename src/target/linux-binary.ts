import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../files/regular-file.js';
import type { ProgramEnd } from '../files/run-program.js';
import { isHardFloatArm, isI686, readElf } from './elf.js';
import type { VersionPair } from './platforms.js';
import type { ProbeAnswer } from './probe-answer.js';
import type { LinuxBinaryFacts } from './probe-tags.js';

/**
 * Reads facts from the interpreter's file that Python does not report: whether it is linked to musl, and the ABI on
 * 32-bit machines. No file is opened for a 64-bit Python with glibc.
 */
export async function readLinuxBinary(
  answer: Pick<ProbeAnswer, 'bits' | 'glibc' | 'environment'>,
  executable: string,
  runLoader: (program: string) => Promise<ProgramEnd>,
): Promise<LinuxBinaryFacts> {
  if (answer.bits === 64 && answer.glibc !== undefined) return { musl: undefined, wheelAbi: true };
  const elf = await readProgram(executable);
  const machine = answer.environment.platform_machine;
  // True if a 32-bit Intel or Arm program has the ABI of the manylinux images (PEP 513, PEP 599).
  const wheelAbi =
    answer.glibc === undefined ||
    !/^(?:x86_64|i\d86|aarch64|armv[78]l)$/.test(machine) ||
    (elf !== undefined && (/86/.test(machine) ? isI686(elf) : isHardFloatArm(elf)));
  const loader = answer.glibc === undefined ? elf?.interpreter : undefined;
  // PEP 656: the loader of musl prints its version when it is run without arguments.
  if (loader === undefined || !loader.includes('musl')) return { musl: undefined, wheelAbi };
  const end = await runLoader(loader);
  return { musl: end.kind === 'ended' ? parseMuslVersion(end.stderr) : undefined, wheelAbi };
}

/** Parses the version in the loader's output: `musl libc (x86_64)`, then `Version 1.2.4`. */
export function parseMuslVersion(text: string): VersionPair | undefined {
  const match = /^musl[^\n]*\n\s*Version (\d+)\.(\d+)/.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

async function readProgram(path: string): ReturnType<typeof readElf> {
  let handle: FileHandle | undefined;
  try {
    const { handle: file } = await openRegular(path);
    handle = file;
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
