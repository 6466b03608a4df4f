import { dirname, join, relative, resolve, sep } from 'node:path';
import { regularTextSync } from '../files/regular-file.js';
import { readRecord } from '../packaging/record.js';

/** A file that an installed distribution claims. */
export interface ClaimedFile {
  /** Absolute path; a directory that is claimed with its contents ends with a separator. */
  readonly path: string;
  /** The digest in RECORD; undefined if it has none, and in other lists. */
  readonly sha256: string | undefined;
  /** `ALGORITHM=BASE64URL` as in RECORD, without padding; empty if there is none. */
  readonly hash: string;
  /** The row of RECORD; empty in other lists. */
  readonly row: string;
}

/**
 * The files that an installed distribution claims: from RECORD, an egg's `installed-files.txt`, or the modules in
 * `top_level.txt`. Any program that can change the environment can change these lists, so they prove nothing; they
 * only say what to check. Empty if there is no list. `target`: the directory of `--target`, if it is one.
 */
export function claimedFiles(metadataPath: string, target?: string): ClaimedFile[] {
  const site = dirname(metadataPath);
  const record = readText(join(metadataPath, 'RECORD'));
  if (record !== undefined) {
    return [...readRecord(record)].flatMap((line) => {
      if (!('path' in line)) return [];
      const { path, size } = line;
      const hash = line.hash.replace(/={1,2}$/, '');
      const sha256 = /^sha256=([\w-]+)$/.exec(hash)?.[1];
      const written = resolve(site, local(path));
      const row = [path, line.hash, size].map(csvCell).join(',');
      return [{ path: target === undefined ? written : movedTo(target, written), sha256, hash, row }];
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
    .map((path) => ({ path, sha256: undefined, hash: '', row: '' }));
}

/**
 * With `--target`, pip installs into a temporary layout, then moves the files, but does not change RECORD: its
 * `../../bin/tool` is `bin/tool` in the target.
 */
function movedTo(target: string, path: string): string {
  const inside = relative(target, path).split(sep);
  const first = inside.findIndex((part) => part !== '..');
  return first <= 0 ? path : join(target, ...inside.slice(first));
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function claimed(path: string, line: string): ClaimedFile[] {
  return line.trim() === '' || path === '' ? [] : [{ path, sha256: undefined, hash: '', row: '' }];
}

function local(path: string): string {
  return path.split('/').join(sep);
}

function readText(path: string): string | undefined {
  return regularTextSync(path, 64 << 20);
}
