import {
  closeSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { systemCode } from '../text/errors.js';
import { regularTextSync } from './regular-file.js';
import { tempName, writerIsGone } from './temp-name.js';

export interface LockPorts {
  /** Waits a moment, less than a second; throws when the run is interrupted. */
  pause(): Promise<void>;
  /** Called once, before the first pause. */
  onWait(): void;
}

/** Milliseconds between two heartbeats of a lock holder, which update the time of the lock file. */
const heartbeat = 10_000;
/** Number of pauses without a heartbeat after which a holder on another machine counts as gone. */
const patience = 240;

/**
 * Creates the file at `path`, which names the holder of the lock, when no other process holds it; the returned
 * function releases it. The lock of a dead process is taken over by only one waiter, which meanwhile holds a second
 * lock named after that process. Throws file system errors if the file cannot be created.
 */
export async function takeLock(path: string, { pause, onWait }: LockPorts): Promise<() => void> {
  const name = tempName();
  let watched = '';
  let unchanged = 0;
  let isWaiting = false;
  for (;;) {
    if (created(path, name)) return holding(path, name);
    const found = read(path);
    if (found === undefined) continue;
    const state = `${found.holder} ${found.changed}`;
    unchanged = state === watched ? unchanged + 1 : 0;
    watched = state;
    const gone = writerIsGone(found.holder);
    if (gone === true || (gone === undefined && unchanged > patience)) {
      if (await takenOver(path, found.holder, name, { pause, onWait })) return holding(path, name);
      continue;
    }
    if (!isWaiting) onWait();
    isWaiting = true;
    await pause();
  }
}

function created(path: string, name: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    // Refuse a path that is not a regular file: waiting for a dangling link, or reading a pipe, would never end.
    if (systemCode(error) === 'EEXIST' && isFileOrGone(path)) return false;
    throw error;
  }
  try {
    writeFileSync(file, name);
  } catch (error) {
    // Remove a lock file without the name of its holder: other processes would wait for it until it times out.
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}

function isFileOrGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

function read(path: string): { readonly holder: string; readonly changed: number } | undefined {
  try {
    // `created` refuses other kinds of files. If a pipe has taken the place of the file meanwhile, it counts as a
    // lock without a holder.
    const text = regularTextSync(path, 4096) ?? '';
    return { holder: text.slice(0, 200), changed: statSync(path).mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function takenOver(path: string, holder: string, name: string, ports: LockPorts): Promise<boolean> {
  const release = await takeLock(`${path}.${/^[\w-]+$/.test(holder) ? holder : 'unnamed'}`, ports);
  try {
    // Another process may have taken the lock over already.
    if (read(path)?.holder !== holder) return false;
    const next = `${path}.${name}`;
    writeFileSync(next, name, { flag: 'wx' });
    renameSync(next, path);
    return true;
  } finally {
    release();
  }
}

function holding(path: string, name: string): () => void {
  const timer = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // The lock was removed: stop the heartbeat.
    }
  }, heartbeat);
  timer.unref();
  return () => {
    clearInterval(timer);
    try {
      if (read(path)?.holder === name) rmSync(path, { force: true });
    } catch {
      // Ignore the error: the next peep finds that this process is gone and takes the lock over.
    }
  };
}
