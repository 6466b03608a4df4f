import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { Turns } from '../text/turns.js';

/** The files in a directory and below it: the kind of each by its absolute path. Links are not followed. */
export type Walk = ReadonlyMap<string, 'file' | 'link' | 'other'>;

/**
 * All files in the directories `roots`, without the directories themselves. A missing directory counts as empty.
 * Throws `FILE_UNREADABLE`.
 */
export async function walk(roots: readonly string[]): Promise<Walk> {
  const found = new Map<string, 'file' | 'link' | 'other'>();
  const enter = async (directory: string): Promise<void> => {
    const directories: string[] = [];
    for (const entry of await entriesOf(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(path);
      else found.set(path, entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other');
    }
    await Promise.all(directories.map(enter));
  };
  await Promise.all(roots.map(enter));
  return found;
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw unreadable(directory, error);
  }
}

/** Lazy access to a file of the environment. */
export interface InstalledFile {
  /** Bytes. */
  readonly size: number;
  /**
   * The first `maxBytes` bytes, or fewer if the file is shorter. Any user of the environment may have written a
   * file of any size.
   */
  bytes(maxBytes: number): Buffer;
}

/** An open file that can be hashed. Hashing pauses regularly, so that other work runs. */
export interface HashableFile extends InstalledFile {
  /** Base64url of the content from the byte `start` on. */
  digest(algorithm: string, start?: number): Promise<string>;
}

const block = Buffer.allocUnsafeSlow(1 << 20);

/**
 * Opens a regular file, without following a link, and passes it to `use`. Undefined if there is none. Reads in this
 * thread: small files are hashed faster than a request to another thread takes. Throws `FILE_UNREADABLE`.
 */
export function withInstalledFile<T>(path: string, use: (file: InstalledFile) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, openFlags);
    const stat = fstatSync(descriptor);
    return stat.isFile() ? use(installedFile(descriptor, stat.size)) : undefined;
  } catch (error) {
    return missingOrThrow(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Like `withInstalledFile`, for a file that is hashed with pauses: see `Turns`. */
export async function withHashableFile<T>(
  path: string,
  use: (file: HashableFile) => T | Promise<T>,
): Promise<T | undefined> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, openFlags);
    const stat = fstatSync(descriptor);
    return stat.isFile() ? await use(hashableFile(descriptor, stat.size)) : undefined;
  } catch (error) {
    return missingOrThrow(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Base64url of the content of a file; undefined if there is none. Throws `FILE_UNREADABLE`. */
export function installedDigest(path: string, algorithm: string): Promise<string | undefined> {
  return withHashableFile(path, (file) => file.digest(algorithm));
}

const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function missingOrThrow(path: string, error: unknown): undefined {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EMLINK') return undefined;
  throw code === undefined ? error : unreadable(path, error);
}

function installedFile(descriptor: number, size: number): InstalledFile {
  return {
    size,
    bytes(maxBytes) {
      const bytes = Buffer.alloc(Math.min(size, maxBytes));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
    },
  };
}

function hashableFile(descriptor: number, size: number): HashableFile {
  return {
    ...installedFile(descriptor, size),
    async digest(algorithm, start = 0) {
      const hash: Hash = createHash(algorithm);
      const turns = new Turns();
      for (let position = start; ; ) {
        const read = readSync(descriptor, block, 0, block.length, position);
        if (read === 0) return hash.digest('base64url');
        hash.update(block.subarray(0, read));
        position += read;
        const turn = turns.next();
        if (turn !== undefined) await turn;
      }
    },
  };
}

function unreadable(path: string, cause: unknown): PeepError {
  return new PeepError(
    'FILE_UNREADABLE',
    `cannot read '${path}' of the environment: ${systemReason(cause)}`,
    {
      cause,
      hint: 'Run peep verify as a user who may read the whole environment.',
    },
  );
}
