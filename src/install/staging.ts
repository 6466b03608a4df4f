import { chmod, cp, lstat, mkdir, open, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tempName, writerIsGone } from '../files/temp-name.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';

/** The private directory that pip installs from. */
export interface Staging {
  readonly root: string;
  /** Writes an archive into `directory` (one path component below the root). Returns its absolute path. */
  addArchive(archive: VerifiedArchive, directory: string): Promise<string>;
  /** Writes a file that peep generated. Returns its absolute path. */
  addText(name: string, text: string): Promise<string>;
  /** Writes a program that peep generated into `directory`. */
  addProgram(name: string, text: string, directory: string): Promise<void>;
  /** Copies the directory `from`, unchanged, to `name` below the root. Returns the absolute path of the copy. */
  copyDirectory(from: string, name: string): Promise<string>;
  /** Creates a file for the output of a program. */
  openLog(name: string): Promise<StagedLog>;
  /** Creates an empty directory below the root. Returns its absolute path. */
  addDirectory(name: string): Promise<string>;
  /** Deletes everything. Safe to call twice; never throws. */
  remove(): Promise<void>;
}

export interface StagedLog {
  readonly path: string;
  readonly descriptor: number;
  close(): Promise<void>;
}

export interface StagingOptions {
  /** The directory for temporary files. */
  readonly parent: string;
  /** User of this process; undefined on Windows, where each user has a separate temporary directory. */
  readonly uid: number | undefined;
}

const prefix = 'peep-install-';

/**
 * Creates a directory that no other user can change, and removes leftovers of killed runs of this user. Throws
 * `STAGING_UNSAFE` or `STAGING_FAILED`.
 */
export async function createStaging(options: StagingOptions): Promise<Staging> {
  const parent = await asStagingError(options.parent, () => realpath(options.parent));
  if (options.uid !== undefined) await refuseChangeableDirectory(parent, options.uid);
  await removeLeftovers(parent, options.uid);
  const root = join(parent, prefix + tempName());
  await asStagingError(root, () => mkdir(root, { mode: 0o700 }));
  const directories = new Map<string, Promise<string>>();

  const addDirectory = (name: string): Promise<string> => {
    let directory = directories.get(name);
    if (directory === undefined) {
      const path = join(root, name);
      directory = asStagingError(path, async () => {
        await mkdir(path, { mode: 0o700 });
        return path;
      });
      directories.set(name, directory);
    }
    return directory;
  };

  return {
    root,
    addDirectory,
    async addArchive(archive, directory) {
      // P9: `filename` is one path component.
      const path = join(await addDirectory(directory), archive.filename);
      await writeArchive(path, archive);
      return path;
    },
    async addText(name, text) {
      const path = join(root, name);
      await asStagingError(path, () => writeFile(path, text, { flag: 'wx', mode: 0o400 }));
      return path;
    },
    async copyDirectory(from, name) {
      const path = join(root, name);
      await asStagingError(path, () => cp(from, path, { recursive: true, verbatimSymlinks: true }));
      return path;
    },
    async openLog(name) {
      const path = join(root, name);
      const file = await asStagingError(path, () => open(path, 'wx', 0o600));
      return { path, descriptor: file.fd, close: () => file.close() };
    },
    async addProgram(name, text, directory) {
      const path = join(await addDirectory(directory), name);
      await asStagingError(path, () => writeFile(path, text, { flag: 'wx', mode: 0o500 }));
    },
    async remove() {
      await removeTree(root);
    },
  };
}

/**
 * `chunks` hashes bytes again if they were outside of memory since verification, and throws at the end if they
 * changed (P1, P4); the file is then deleted.
 */
async function writeArchive(path: string, archive: VerifiedArchive): Promise<void> {
  const file = await asStagingError(path, () => open(path, 'wx', 0o400));
  try {
    for await (const chunk of archive.chunks()) await asStagingError(path, () => file.writeFile(chunk));
    await asStagingError(path, () => file.close());
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Each directory up to the root of the file system must belong to this user or root, and no other user may rename
 * files in it.
 */
async function refuseChangeableDirectory(parent: string, uid: number): Promise<void> {
  for (let directory = parent; dirname(directory) !== directory; directory = dirname(directory)) {
    const { mode, uid: owner } = await asStagingError(directory, () => lstat(directory));
    const sticky = (mode & 0o1000) !== 0;
    const others = (mode & 0o022) !== 0;
    if ((owner === uid || owner === 0) && (sticky || !others)) continue;
    const why =
      others && !sticky ? 'other users can write to it' : `it belongs to another user (uid ${owner})`;
    throw new PeepError(
      'STAGING_UNSAFE',
      `cannot put verified archives below '${parent}' for pip: other users could change '${directory}', because ${why}`,
      { hint: 'Set TMPDIR to a directory that only you can write to.', facts: { directory } },
    );
  }
}

/** Removes the leftovers of killed runs of this user from the directory for temporary files, and counts them. */
export async function removeLeftovers(parent: string, uid: number | undefined): Promise<number> {
  let removed = 0;
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || writerIsGone(name.slice(prefix.length)) !== true) continue;
    const path = join(parent, name);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory() !== true || (uid !== undefined && found.uid !== uid)) continue;
    await removeTree(path);
    removed += 1;
  }
  return removed;
}

/** On Windows a read-only file cannot be deleted, and a scanner may have a file open for a moment. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  } catch {
    await chmod(path, 0o700).catch(() => undefined);
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 }).catch(() => undefined);
  }
}

async function asStagingError<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || error instanceof PeepError) throw error;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new PeepError('STAGING_FAILED', `cannot write '${path}' for pip: ${systemReason(error)}`, {
      hint: full
        ? 'Free some space, or set TMPDIR to a directory on a larger disk.'
        : 'Set TMPDIR to a directory that you can write to.',
      cause: error,
    });
  }
}
