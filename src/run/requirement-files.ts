import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PeepError, systemReason } from '../text/errors.js';

/** Far above what a repository of locks has. */
const maxDepth = 20;
const maxFiles = 1000;

/**
 * The files that `-r` names: a directory stands for the lock and requirements files in it and below it, by path. Others
 * are as they were named. Throws `REQUIREMENTS_UNREADABLE` for a directory without any.
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
    'it holds no lock file and no requirements file',
    'Files are known by their names: uv.lock, app.poetry.lock, pylock.toml, requirements-app.txt. Name others with -r FILE.',
  );
}

async function walk(directory: string, cwd: string, files: string[], depth: number): Promise<void> {
  const entries = await readdir(resolve(cwd, directory), { withFileTypes: true });
  // The packages of an environment bring files of their own.
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
  return (
    /^(.+[.-])?(uv|poetry|pdm|Pipfile)\.lock$/.test(name) ||
    /^(.+\.)?pylock(\.[^.]+)?\.toml$/.test(name) ||
    /requirements[^/]*\.txt$/.test(name)
  );
}

function unreadable(name: string, why: string, hint: string, cause?: unknown): PeepError {
  return new PeepError('REQUIREMENTS_UNREADABLE', `cannot read the directory '${name}': ${why}`, {
    hint,
    cause,
  });
}
