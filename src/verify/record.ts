import { readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { readRecord } from '../packaging/record.js';

/** A file that an installed distribution claims as its own. */
export interface ClaimedFile {
  /** Absolute; a directory with all that is in it ends with a separator. */
  readonly path: string;
  readonly sha256: string | undefined;
  /** The row of RECORD; empty in other lists. */
  readonly row: string;
}

/**
 * The files that an installed distribution claims: from RECORD, an egg's `installed-files.txt`, or the modules of
 * `top_level.txt`. Whoever can change the environment can change these lists: they say what to look for, and prove
 * nothing. Empty when there is no list.
 */
export function claimedFiles(metadataPath: string): ClaimedFile[] {
  const site = dirname(metadataPath);
  const record = readText(join(metadataPath, 'RECORD'));
  if (record !== undefined) {
    return [...readRecord(record)].flatMap((line) => {
      if (!('path' in line)) return [];
      const { path, hash, size } = line;
      const sha256 = /^sha256=([\w-]+)={0,2}$/.exec(hash)?.[1];
      return [{ path: resolve(site, local(path)), sha256, row: [path, hash, size].map(csvCell).join(',') }];
    });
  }
  const listed = readText(join(metadataPath, 'installed-files.txt'));
  if (listed !== undefined)
    return listed.split(/\r?\n/).flatMap((line) => claimed(resolve(metadataPath, local(line.trim())), line));
  const modules = readText(join(metadataPath, 'top_level.txt')) ?? '';
  return modules
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((name) => /^[\w.]+$/.test(name))
    .flatMap((name) => [join(site, `${name}.py`), join(site, name) + sep])
    .map((path) => ({ path, sha256: undefined, row: '' }));
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function claimed(path: string, line: string): ClaimedFile[] {
  return line.trim() === '' || path === '' ? [] : [{ path, sha256: undefined, row: '' }];
}

function local(path: string): string {
  return path.split('/').join(sep);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
