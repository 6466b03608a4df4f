import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PeepError, systemCode, systemReason } from '../text/errors.js';

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
  /** Base64url of the whole content. */
  digest(algorithm: string): string;
  /** The whole content, for small files. */
  bytes(): Buffer;
}

const block = Buffer.allocUnsafeSlow(1 << 20);

/**
 * Opens a regular file, without following a link, and passes it to `use`. Undefined if there is none. Reads in this
 * thread: small files are hashed faster than a request to another thread takes. Throws `FILE_UNREADABLE`.
 */
export function withInstalledFile<T>(path: string, use: (file: InstalledFile) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return undefined;
    return use(installedFile(descriptor, stat.size));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EMLINK') return undefined;
    throw code === undefined ? error : unreadable(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function installedFile(descriptor: number, size: number): InstalledFile {
  return {
    size,
    digest(algorithm) {
      const hash: Hash = createHash(algorithm);
      for (let position = 0; ; ) {
        const read = readSync(descriptor, block, 0, block.length, position);
        if (read === 0) return hash.digest('base64url');
        hash.update(block.subarray(0, read));
        position += read;
      }
    },
    bytes() {
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, size, 0));
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
