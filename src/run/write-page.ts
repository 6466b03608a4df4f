import { writeFile } from 'node:fs/promises';
import { PeepError, systemReason } from '../text/errors.js';

/** Writes a page of `--html`. Throws `REPORT_UNWRITABLE`. */
export async function writePage(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new PeepError('REPORT_UNWRITABLE', `cannot write '${path}': ${systemReason(cause)}`, {
      cause,
      hint: 'Name a file in a directory that you may write to.',
    });
  }
}
