import { readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { readRecord } from '../packaging/record.js';

/**
 * The files that an installed distribution claims as its own, absolute: from RECORD, an egg's `installed-files.txt`, or
 * the modules of `top_level.txt`; a directory with all that is in it ends with a separator. Whoever can change the environment can change these lists: they say what to look for,
 * and prove nothing. Empty when there is no list.
 */
export function claimedFiles(metadataPath: string): string[] {
  const site = dirname(metadataPath);
  const record = readText(join(metadataPath, 'RECORD'));
  if (record !== undefined) {
    return [...readRecord(record)].flatMap((line) => ('path' in line ? claimed(site, line.path) : []));
  }
  const listed = readText(join(metadataPath, 'installed-files.txt'));
  if (listed !== undefined)
    return listed.split(/\r?\n/).flatMap((line) => claimed(metadataPath, line.trim()));
  const modules = readText(join(metadataPath, 'top_level.txt')) ?? '';
  return modules
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((name) => /^[\w.]+$/.test(name))
    .flatMap((name) => [join(site, `${name}.py`), join(site, name) + sep]);
}

function claimed(base: string, path: string): string[] {
  return path === '' ? [] : [resolve(base, path.split('/').join(sep))];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
