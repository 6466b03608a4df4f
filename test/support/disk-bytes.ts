import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  readonly path: string;
  /** In the file. */
  readonly offset: number;
}

const needleLength = 48;

/**
 * Pieces of an archive that tell it from others, spread over all of it: 64 of them at most, none of them as
 * plain as a run of zeros. What other archives hold as well (headers, equal files) must be left out with `except`.
 */
export function needlesOf(archive: Uint8Array, except: readonly Uint8Array[] = []): readonly Buffer[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const others = except.map((other) => Buffer.from(other));
  const step = Math.max(16, Math.floor((bytes.length - needleLength) / 64));
  const needles: Buffer[] = [];
  for (let at = 0; at + needleLength <= bytes.length; at += step) {
    const needle = bytes.subarray(at, at + needleLength);
    if (new Set(needle).size >= 12 && !others.some((other) => other.includes(needle))) needles.push(needle);
  }
  if (needles.length === 0) throw new Error('nothing in this archive tells it from others');
  return needles;
}

/** Every place in the files of `directories` where a needle lies. Links are not followed. */
export function bytesOnDisk(
  directories: readonly string[],
  needles: readonly Uint8Array[],
): readonly Found[] {
  return directories
    .flatMap((directory) => [...filesIn(directory)])
    .flatMap((path) => {
      const content = readFileSync(path);
      return needles.flatMap((needle) => {
        const offset = content.indexOf(needle);
        return offset < 0 ? [] : [{ path, offset }];
      });
    });
}

function* filesIn(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}
