import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PeepError, systemCode, systemReason } from '../text/errors.js';

/**
 * Checks at the start of a run, before anything is fetched or installed, that the file of `--report` can be
 * written; writes nothing yet. Throws `REPORT_UNWRITABLE`.
 */
export async function checkReportPath(to: string, cwd: string): Promise<void> {
  const path = resolve(cwd, to);
  try {
    const found = await kindOf(path);
    if (found === 'directory') throw reportUnwritable(to, 'it is a directory');
    if (found === undefined && (await kindOf(dirname(path))) === undefined)
      throw reportUnwritable(to, 'its directory does not exist');
    await access(found === undefined ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    throw cause instanceof PeepError ? cause : reportUnwritable(to, systemReason(cause), cause);
  }
}

export function reportUnwritable(to: string, why: string, cause?: unknown): PeepError {
  return new PeepError('REPORT_UNWRITABLE', `cannot write the report to '${to}': ${why}`, {
    cause,
    hint: 'Name a file in a directory that you may write to.',
  });
}

async function kindOf(path: string): Promise<'directory' | 'file' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
