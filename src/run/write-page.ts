import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemReason } from '../text/errors.js';
import type { CommandContext } from './host.js';
import { reportUnwritable } from './report-path.js';

/** Writes the HTML page of `--html`. Throws `REPORT_UNWRITABLE`. */
export async function writePage(to: string, text: string, { host }: CommandContext): Promise<void> {
  try {
    await writeFile(resolve(host.cwd, to), host.hide?.(text) ?? text);
  } catch (cause) {
    throw reportUnwritable(to, systemReason(cause), cause);
  }
}
