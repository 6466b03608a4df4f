import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLockName } from '../requirements/lock/formats.js';
import { PeepError, systemReason } from '../text/errors.js';

/** More than any repository of lock files has. */
const maxDepth = 20;
const maxFiles = 1000;

/**
 * The files of `-r`: a directory means all lock and requirements files in it and below it, sorted by path. Other
 * names stay unchanged. Throws `REQUIREMENTS_UNREADABLE` for a directory without such files.
 */
export async function requirementFiles(named: readonly string[], cwd: string): Promise<string[]> {
  const files = await Promise.all(named.map((name) => filesOf(name, cwd)));
  return files.flat();
}

async function filesOf(name: string, cwd: string): Promise<string[]> {
  const found = await stat(resolve(cwd, name)).catch(() => undefined);
  if (found?.isDirectory() !== true) return [name];
  const files: string[] = [];
  try {
    await walk(name, cwd, files, 0);
  } catch (cause) {
    if (cause instanceof PeepError) throw cause;
    throw unreadable(name, systemReason(cause), 'Check its permissions.', cause);
  }
  if (files.length > 0) return files;
  throw unreadable(
    name,
    'it contains no lock file and no requirements file',
    'peep recognises files by name: uv.lock, app.poetry.lock, pylock.toml, requirements-app.txt. Name other files with -r FILE.',
  );
}

async function walk(directory: string, cwd: string, files: string[], depth: number): Promise<void> {
  const entries = await readdir(resolve(cwd, directory), { withFileTypes: true });
  // Skip environments, because their packages may contain such files.
  if (entries.some(({ name }) => name === 'pyvenv.cfg')) return;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (depth < maxDepth) await walk(path, cwd, files, depth + 1);
    } else if (isRequirementsName(entry.name)) files.push(path);
    if (files.length > maxFiles)
      throw unreadable(directory, `it holds more than ${maxFiles} files`, 'Name the files with -r FILE.');
  }
}

function isRequirementsName(name: string): boolean {
  return isLockName(name) || /requirements[^/]*\.txt$/.test(name);
}

function unreadable(name: string, why: string, hint: string, cause?: unknown): PeepError {
  return new PeepError('REQUIREMENTS_UNREADABLE', `cannot read the directory '${name}': ${why}`, {
    hint,
    cause,
  });
}
