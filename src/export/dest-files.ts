import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { IrregularFile, readRegular } from '../files/regular-file.js';
import { readSha256, type Sha256 } from '../hash/digest.js';
import { safeArchiveFilename } from '../packaging/filename.js';
import { type PeepError, systemCode } from '../text/errors.js';

/** Creates the error for a directory that cannot be used; `why` ends a sentence about it. */
export type Refuse = (why: string) => PeepError;

export const sumsName = 'SHA256SUMS';

/**
 * The path of a file below `root`. A symbolic link there could point anywhere, so peep neither reads nor writes
 * through it (P9).
 */
export async function pathBelow(root: string, path: string, refuse: Refuse): Promise<string> {
  let at = root;
  for (const part of path.split('/')) {
    at = join(at, part);
    const found = await lstat(at).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined) break;
    if (found.isSymbolicLink()) throw refuse(`'${at.slice(root.length + 1)}' in it is a symbolic link`);
  }
  return join(root, path);
}

/** P9: true for a valid archive file name. Other programs may have written files into the directory. */
export function isArchiveName(filename: string): boolean {
  try {
    return safeArchiveFilename(filename) === filename;
  } catch {
    return false;
  }
}

/** The digests in the `SHA256SUMS` of `root`, by path below it; undefined if there is no such file. */
export async function readSums(
  root: string,
  refuse: Refuse,
): Promise<ReadonlyMap<string, Sha256> | undefined> {
  let text: string;
  try {
    const path = await pathBelow(root, sumsName, refuse);
    text = (await readRegular(path, { maxBytes: maxSumsBytes, followLinks: false })).toString('utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (error instanceof IrregularFile) throw refuse(`cannot read its ${sumsName}: ${error.message}`);
    throw error;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line): [string, Sha256] => {
      const match = /^([0-9a-f]{64}) [ *]((?:files\/)?[^/\\]+)$/.exec(line);
      const sha256 = readSha256(match?.[1] ?? '');
      if (sha256 === undefined || match?.[2] === undefined)
        throw refuse(`its ${sumsName} was not written by peep`);
      return [match[2], sha256];
    }),
  );
}

/** Maximum size of SHA256SUMS: 300,000 archives with 200 bytes per line. */
const maxSumsBytes = 64 << 20;
