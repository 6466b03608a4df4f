import { lstat, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { tempName } from '../files/temp-name.js';
import { systemCode, systemReason } from '../text/errors.js';
import type { CommandContext } from './host.js';
import { reportUnwritable } from './report-path.js';

/**
 * Writes the output of `--report`, `--sbom` or `--html` to a temporary file and renames it, so that the file is
 * replaced completely or not at all. A path that cannot be replaced is written directly. Throws
 * `REPORT_UNWRITABLE`.
 */
export async function writeOutput(
  to: string,
  text: string,
  { host }: Pick<CommandContext, 'host'>,
): Promise<void> {
  const path = resolve(host.cwd, to);
  const shown = host.hide?.(text) ?? text;
  try {
    const place = await replaceable(path);
    if (place !== undefined && (await replaced(place, shown))) return;
  } catch (cause) {
    throw reportUnwritable(to, systemReason(cause), cause);
  }
  try {
    await writeFile(path, shown);
  } catch (cause) {
    throw reportUnwritable(to, `${systemReason(cause)}; the file is now incomplete`, cause);
  }
}

/**
 * The path of the file to replace; undefined for a pipe, a terminal or a dangling link, which must be written
 * directly.
 */
async function replaceable(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await realpath(path) : undefined;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  const link = await lstat(path).catch(() => undefined);
  return link === undefined ? path : undefined;
}

/**
 * Replaces a file. False if only the file itself is writable: its directory is read-only, or the file is a mount
 * point.
 */
async function replaced(place: string, text: string): Promise<boolean> {
  const temp = join(dirname(place), `.peep-${tempName()}`);
  try {
    const mode = await stat(place).then(
      (found) => found.mode & 0o777,
      () => 0o666,
    );
    const handle = await open(temp, 'wx', mode);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await rename(temp, place);
    return true;
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    if (['EACCES', 'EPERM', 'EBUSY'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
