import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from '../text/errors.js';

/**
 * A path that is not a regular file, or not a usable one. The message completes a sentence: `it is a symbolic
 * link`.
 */
export class IrregularFile extends Error {}

export class TooLargeFile extends IrregularFile {}

export interface OpenOptions {
  /** False: refuse a symbolic link in place of the file. */
  readonly followLinks?: boolean;
}

/**
 * Opens a regular file for reading. A named pipe would block a thread of Node forever, and then no signal ends the
 * process. Throws `IrregularFile` and system errors.
 */
export async function openRegular(
  path: string,
  { followLinks = true }: OpenOptions = {},
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const noFollow = followLinks ? 0 : (constants.O_NOFOLLOW ?? 0);
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noFollow).catch(
    (error: unknown) => {
      const code = systemCode(error);
      // The path is a socket.
      if (code === 'ENXIO') throw new IrregularFile('it is not a regular file');
      if (!followLinks && (code === 'ELOOP' || code === 'EMLINK'))
        throw new IrregularFile('it is a symbolic link');
      throw error;
    },
  );
  try {
    const found = await handle.stat();
    if (found.isFile()) return { handle, size: found.size };
    // The same code as from systems that cannot open a directory.
    if (found.isDirectory()) throw Object.assign(new IrregularFile('it is a directory'), { code: 'EISDIR' });
    throw new IrregularFile('it is not a regular file');
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a regular file of at most `maxBytes`, even if the file grows meanwhile. Throws `TooLargeFile` and the
 * errors of `openRegular`.
 */
export async function readRegular(
  path: string,
  { maxBytes, ...options }: OpenOptions & { readonly maxBytes: number },
): Promise<Buffer> {
  const { handle, size } = await openRegular(path, options);
  try {
    if (size > maxBytes) throw new TooLargeFile(`it has ${size} bytes, and peep reads at most ${maxBytes}`);
    const buffer = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(buffer, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** The text of a regular file of at most `maxBytes`; undefined if there is none. Reads in this thread. */
export function regularTextSync(
  path: string,
  maxBytes: number,
  { followLinks = true }: OpenOptions = {},
): string | undefined {
  const noFollow = followLinks ? 0 : (constants.O_NOFOLLOW ?? 0);
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noFollow);
    const found = fstatSync(file);
    return found.isFile() && found.size <= maxBytes ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
