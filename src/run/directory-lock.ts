import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { takeLock } from '../files/lock-file.js';
import { systemCode } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { CommandContext } from './host.js';

/** The name of the lock file in the directory that is changed. It contains the name of the peep that changes it. */
export const lockName = '.peep-lock';
const pauseMs = 200;

/**
 * Runs `use` while no other peep changes the directory `root`: an environment, where two installers at once would do
 * damage, or one of `--dest`, where two runs would lose each other's lines of SHA256SUMS. The lock file is in the
 * directory and not in the user's cache, because other users may write there too. If it cannot be written, `use` runs
 * without a lock, and reports the cause.
 */
export async function withDirectoryLock<T>(
  root: string,
  { host, output }: CommandContext,
  use: (waited: boolean) => Promise<T>,
): Promise<T> {
  let waited = false;
  const ports = {
    onWait() {
      waited = true;
      output.note(
        `waiting for another peep that is changing '${printable(root)}' (${join(printable(root), lockName)})`,
      );
    },
    async pause() {
      await setTimeout(pauseMs, undefined, { signal: host.signal }).catch(() => host.signal.throwIfAborted());
    },
  };
  const made = madeDirectory(root);
  const release = await takeLock(join(root, lockName), ports).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    output.note(`cannot lock '${printable(root)}': ${systemCode(error)}`, 1);
    return undefined;
  });
  try {
    return await use(waited);
  } finally {
    release?.();
    if (made) removeEmpty(root);
  }
}

/** A directory of `--target` or `--dest` may not exist yet. */
function madeDirectory(root: string): boolean {
  try {
    return mkdirSync(root, { recursive: true }) !== undefined;
  } catch {
    return false;
  }
}

function removeEmpty(root: string): void {
  try {
    rmdirSync(root);
  } catch {
    // The directory is not empty: something was written there.
  }
}
