import { type FileHandle, open } from 'node:fs/promises';
import { openRegular } from '../files/regular-file.js';
import { PeepError, systemReason } from '../text/errors.js';
import { throwIfEnding } from '../text/turns.js';
import type { DigestAlgorithm } from './digest.js';
import { type ComputedDigests, MultiHash } from './verification.js';

const readBlock = 1 << 20;

/** Hashes a file that the user named, which may be a pipe, with sha256 and `algorithms`. Throws `FILE_UNREADABLE`. */
export function hashFile(path: string, algorithms: Iterable<DigestAlgorithm> = []): Promise<ComputedDigests> {
  return hashOpened(path, () => open(path, 'r'), algorithms);
}

/** Hashes a file in a directory that other users may write to; refuses links and pipes. */
export function hashRegularFile(path: string): Promise<ComputedDigests> {
  return hashOpened(path, async () => (await openRegular(path, { followLinks: false })).handle, []);
}

/** One block is read while the previous one is hashed. */
async function hashOpened(
  path: string,
  openFile: () => Promise<FileHandle>,
  algorithms: Iterable<DigestAlgorithm>,
): Promise<ComputedDigests> {
  const hash = new MultiHash(algorithms);
  try {
    const handle = await openFile();
    try {
      let [current, next] = [Buffer.allocUnsafeSlow(readBlock), Buffer.allocUnsafeSlow(readBlock)];
      let pending = handle.read(current, 0, readBlock, null);
      for (;;) {
        const { bytesRead } = await pending;
        throwIfEnding();
        if (bytesRead === 0) return hash.finish();
        pending = handle.read(next, 0, readBlock, null);
        hash.update(current.subarray(0, bytesRead));
        [current, next] = [next, current];
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throwIfEnding();
    throw new PeepError('FILE_UNREADABLE', `cannot hash '${path}': ${systemReason(error)}`, {
      cause: error,
      hint: 'Name wheels or source archives on this machine.',
    });
  }
}
