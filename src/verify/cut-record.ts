import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempName } from '../files/temp-name.js';
import { PeepError, systemReason } from '../text/errors.js';
import { claimedFiles } from './record.js';

/**
 * Rewrites the RECORD of an installed distribution with only the files that belong to it. Throws
 * `ENVIRONMENT_UNWRITABLE`.
 */
export async function cutRecord(metadataPath: string, belongs: (path: string) => boolean): Promise<void> {
  const claims = claimedFiles(metadataPath);
  const kept = claims.filter(({ path }) => belongs(path));
  if (kept.length === claims.length) return;
  await replaceFile(join(metadataPath, 'RECORD'), kept.map(({ row }) => `${row}\n`).join(''));
}

/** Replaces a file of the environment atomically. Throws `ENVIRONMENT_UNWRITABLE`. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(path, '..', tempName());
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new PeepError('ENVIRONMENT_UNWRITABLE', `cannot write '${path}': ${systemReason(cause)}`, {
      cause,
      hint: 'Run peep as the user who owns the environment.',
    });
  }
}
