import { join } from 'node:path';
import { openRegular } from '../../files/regular-file.js';
import type { Digest } from '../../hash/digest.js';
import { hashRegularFile } from '../../hash/hash-file.js';
import { StoredSpool } from '../../hash/spool/stored-spool.js';
import { Verification, type VerifiedArchive } from '../../hash/verification.js';
import { safeArchiveFilename } from '../../packaging/filename.js';
import type { ArchiveSource } from '../install-archives.js';

const blockSize = 1 << 20;

/** A wheel that was just built. Its digest is computed here, and later reads must match it. */
export async function builtWheel(directory: string, name: string): Promise<ArchiveSource> {
  const filename = safeArchiveFilename(name);
  const path = join(directory, filename);
  const { sha256: digest } = await hashRegularFile(path);
  return {
    filename,
    sha256: digest.hex,
    open: () => openBuilt(path, filename, digest),
  };
}

async function openBuilt(path: string, filename: string, digest: Digest): Promise<VerifiedArchive> {
  const { handle } = await openRegular(path, { followLinks: false });
  const verification = new Verification([digest], new StoredSpool(handle, path));
  try {
    for (let position = 0; ; ) {
      const block = Buffer.allocUnsafeSlow(blockSize);
      const { bytesRead } = await handle.read(block, 0, blockSize, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      await verification.write(block.subarray(0, bytesRead));
    }
    return await verification.finish(filename);
  } catch (error) {
    await verification.abandon();
    throw error;
  }
}
