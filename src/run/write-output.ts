import { lstat, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemReason } from '../text/errors.js';
import type { CommandContext } from './host.js';
import { reportUnwritable } from './report-path.js';

/**
 * Writes the output of `--report`, `--sbom` or `--html`. On a full disk, no empty or truncated file is left. Throws
 * `REPORT_UNWRITABLE`.
 */
export async function writeOutput(
  to: string,
  text: string,
  { host }: Pick<CommandContext, 'host'>,
): Promise<void> {
  const path = resolve(host.cwd, to);
  try {
    await writeFile(path, host.hide?.(text) ?? text);
  } catch (cause) {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() === true) await rm(path, { force: true }).catch(() => undefined);
    throw reportUnwritable(to, systemReason(cause), cause);
  }
}
