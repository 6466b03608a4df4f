import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { takeLock } from '../files/lock-file.js';
import { systemCode } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { CommandContext } from './host.js';

/** The file, in the directory that is installed into, that says which peep changes it. */
export const lockName = '.peep-lock';
const pauseMs = 200;

/**
 * Runs `use` while no other peep changes the environment at `root`; two installers at once would spoil it. It lies in the
 * environment and not in the user's cache, for others may install into it as well. Where it cannot be written `use` runs
 * without: the installer will say so.
 */
export async function withEnvironmentLock<T>(
  root: string,
  { host, output }: CommandContext,
  use: (waited: boolean) => Promise<T>,
): Promise<T> {
  let waited = false;
  const ports = {
    onWait() {
      waited = true;
      output.note(
        `waiting for another peep that changes '${printable(root)}' (${join(printable(root), lockName)})`,
      );
    },
    async pause() {
      await setTimeout(pauseMs, undefined, { signal: host.signal }).catch(() => host.signal.throwIfAborted());
    },
  };
  const made = madeDirectory(root);
  const release = await takeLock(join(root, lockName), ports).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    output.note(`no lock in '${printable(root)}': ${systemCode(error)}`, 1);
    return undefined;
  });
  try {
    return await use(waited);
  } finally {
    release?.();
    if (made) removeEmpty(root);
  }
}

/** A directory of `--target` need not be there yet. */
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
    // Something was installed there.
  }
}
