import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { type TomlThreads, threadedToml } from '../lock/toml-thread.js';
import type { RequirementsFiles } from './read-requirements.js';
import { ceilings } from './requests.js';

/**
 * Reads requirements files: local paths from disk, http(s) URLs with `fetchUrl`. Never reads more than one byte
 * above the size limit of a file.
 */
export function requirementsFiles(
  threads?: TomlThreads,
  fetchUrl?: (url: string) => Promise<Uint8Array>,
): RequirementsFiles {
  return {
    toml: threads && threadedToml(threads),
    async readFile(location) {
      if (!/^https?:/i.test(location)) return readAtMost(location, ceilings.fileBytes + 1);
      if (fetchUrl !== undefined) return fetchUrl(location);
      throw new PeepError(
        'REQUIREMENTS_UNREADABLE',
        `cannot fetch the requirements file '${redactUrl(location)}' here`,
        {
          hint: 'Download it, and name the local file.',
        },
      );
    },
    async exists(path) {
      try {
        await access(path, constants.F_OK);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** A pipe or device has no size in advance, so it is also read up to the limit. */
async function readAtMost(path: string, limit: number): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    while (total < limit) {
      const chunk = Buffer.allocUnsafe(Math.min(1 << 16, limit - total));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      chunks.push(chunk.subarray(0, bytesRead));
      total += bytesRead;
    }
    return Buffer.concat(chunks, total);
  } finally {
    await handle.close();
  }
}
