import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inspectArchive } from '../../../src/archive/inspect-archive.js';
import type { Finding } from '../../../src/archive/inspection.js';
import { refusals } from '../../../src/archive/verdict.js';
import { parseHexDigest } from '../../../src/hash/digest.js';
import type { Spool } from '../../../src/hash/spool/spool.js';
import { Verification, type VerifiedArchive } from '../../../src/hash/verification.js';

/**
 * Directories of real wheels: `PEEP_REAL_WHEELS` (joined by `:`), or those that pip is set to. A sample is looked at,
 * with `PEEP_REAL_WHEELS_ALL=1` each one.
 */
const all = process.env.PEEP_REAL_WHEELS_ALL === '1';
const sampleSize = 40;
const sampleCeiling = 30 * 1024 * 1024;
const wheels = findWheels();
const chosen = all ? wheels : sampled(wheels);

describe.skipIf(wheels.length === 0)('real wheels (skipped: no directory of wheels is set)', () => {
  it(`no refusal in ${chosen.length} of ${wheels.length}`, {
    timeout: all ? 1_200_000 : 120_000,
  }, async () => {
    const refused: (readonly [string, Finding])[] = [];
    const warned = new Map<string, Set<string>>();
    for (const path of chosen) {
      const handle = await open(path);
      try {
        const archive = await fileArchive(path, handle);
        const inspection = await inspectArchive(archive, {
          project: undefined,
          version: undefined,
          origin: 'index',
        });
        for (const finding of refusals(inspection, false)) refused.push([basename(path), finding]);
        for (const { rule } of inspection.findings) {
          warned.set(rule, (warned.get(rule) ?? new Set()).add(basename(path)));
        }
      } finally {
        await handle.close();
      }
    }
    if (all)
      for (const [rule, files] of warned)
        console.log(`${rule}: ${files.size} wheels, ${[...files].join(' ')}`);
    expect(refused).toEqual([]);
  });
});

function findWheels(): string[] {
  const directories = process.env.PEEP_REAL_WHEELS?.split(':') ?? pipDirectories();
  const files = new Set<string>();
  const walk = (directory: string, depth: number) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && depth < 3) walk(path, depth + 1);
      else if (entry.name.endsWith('.whl') && statSync(path).isFile()) files.add(realpathSync(path));
    }
  };
  for (const directory of directories) if (existsSync(directory)) walk(directory, 0);
  return [...files].sort();
}

/** Local find-links and indexes of pip's own configuration; an index keeps its files beside or below its pages. */
function pipDirectories(): string[] {
  const { stdout } = spawnSync('pip', ['config', 'list'], { encoding: 'utf8' });
  const directories: string[] = [];
  for (const [, key, value = ''] of (stdout ?? '').matchAll(
    /^[^\s=]*?(find-links|index-url)='?([^'\n]*)'?$/gm,
  )) {
    for (const place of value.split(/\s+/)) {
      const path = place.startsWith('file://') ? fileURLToPath(place) : place;
      if (path.startsWith('/')) directories.push(key === 'index-url' ? dirname(path) : path);
    }
  }
  return directories;
}

function sampled(paths: readonly string[]): string[] {
  const small = paths.filter((path) => statSync(path).size <= sampleCeiling);
  const step = Math.max(1, Math.floor(small.length / sampleSize));
  return small.filter((_, i) => i % step === 0);
}

async function fileArchive(path: string, handle: FileHandle): Promise<VerifiedArchive> {
  const spool = new FileSpool(handle);
  const hash = createHash('sha256');
  for await (const block of handle.createReadStream({ autoClose: false, start: 0 }))
    hash.update(block as Buffer);
  const verification = new Verification([parseHexDigest('sha256', hash.digest('hex'))], spool);
  for await (const block of handle.createReadStream({ autoClose: false, start: 0 })) {
    verification.write(block as Buffer);
  }
  return verification.finish(basename(path));
}

/** A file that stays where it is. */
class FileSpool implements Spool {
  readonly #handle: FileHandle;
  size = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  append(chunk: Buffer): void {
    this.size += chunk.length;
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (position < 0 || length < 0 || position + length > this.size) throw new RangeError('past the end');
    const buffer = Buffer.allocUnsafe(length);
    await this.#handle.read(buffer, 0, length, position);
    return buffer;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    yield await this.read(0, this.size);
  }

  async release(): Promise<void> {}
}
