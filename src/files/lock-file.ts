import { lstatSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { systemCode } from '../text/errors.js';
import { tempName, writerIsGone } from './temp-name.js';

export interface LockPorts {
  /** Waits a moment, less than a second; throws when the run is interrupted. */
  pause(): Promise<void>;
  /** Called once, before the first pause. */
  onWait(): void;
}

/** Milliseconds after which a holder shows again that it is there. */
const heartbeat = 10_000;
/** Pauses after which a holder on another machine that shows nothing is taken for gone: several heartbeats. */
const patience = 240;

/**
 * Creates the file at `path`, which says who holds the lock, as soon as nobody else does; the answer gives it back. The lock
 * of a process that is gone is taken over, by one waiter alone: who takes it over holds the lock on that process's name
 * meanwhile. Throws what the file system throws where no file can be created.
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
  try {
    writeFileSync(path, name, { flag: 'wx' });
    return true;
  } catch (error) {
    // A dangling link or a pipe is no lock: the one would be waited for without end, the other read without end.
    if (systemCode(error) === 'EEXIST' && isFileOrGone(path)) return false;
    throw error;
  }
}

function isFileOrGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

function read(path: string): { readonly holder: string; readonly changed: number } | undefined {
  try {
    return { holder: readFileSync(path, 'utf8').slice(0, 200), changed: statSync(path).mtimeMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function takenOver(path: string, holder: string, name: string, ports: LockPorts): Promise<boolean> {
  const release = await takeLock(`${path}.${/^[\w-]+$/.test(holder) ? holder : 'unnamed'}`, ports);
  try {
    // Somebody else may have been quicker.
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
      // It was taken away: nothing to show any more.
    }
  }, heartbeat);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (read(path)?.holder === name) rmSync(path, { force: true });
  };
}
