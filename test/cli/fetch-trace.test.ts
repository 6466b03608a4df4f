import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { needlesOf } from '../support/disk-bytes.js';
import { startPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';
import { trace } from '../support/trace.js';

/** Bytes that compress badly and repeat nowhere: any piece of them tells the archive. */
function noise(seed: string, blocks: number): string {
  return Array.from({ length: blocks }, (_, i) =>
    createHash('sha512').update(`${seed}${i}`).digest('base64'),
  ).join('\n');
}

const archive = wheel({
  name: 'quill',
  version: '1.0',
  files: { 'quill.py': `# ${noise('quill', 40_000).replaceAll('\n', '\n# ')}\n` },
});
const needles = needlesOf(archive.bytes);
const hashed = `quill==1.0 --hash=sha256:${archive.sha256}\n`;
const wrong = `quill==1.0 --hash=sha256:${'0'.repeat(64)}\n`;
const size = archive.bytes.length;

interface Run {
  readonly pin: string;
  /** Where the answer stalls until the program is killed. */
  readonly killedAt?: number;
  readonly plaintext: boolean;
  readonly status: number | null;
}

const runs: Readonly<Record<string, Run>> = {
  'a good run: plaintext, after the digest matched': { pin: hashed, plaintext: true, status: 0 },
  'a mismatch: none': { pin: wrong, plaintext: false, status: 1 },
  'a missing hash: none': { pin: 'quill==1.0\n', plaintext: false, status: 1 },
  'killed in the middle: none': { pin: hashed, killedAt: size >> 1, plaintext: false, status: null },
  'killed before the last byte: none': { pin: hashed, killedAt: size - 1, plaintext: false, status: null },
};

describe.each(['128M', '1M'])('what fetch writes, with a budget of %s (P1)', (budget) => {
  it.each(Object.entries(runs))('%s', async (_, { pin, killedAt, plaintext, status }) => {
    using directory = tempDirectory();
    const watch = trace(directory.join('trace'));
    if (watch === undefined) return console.warn('skipped: there is no strace that works here');
    const faults = killedAt === undefined ? [] : [{ path: /^\/files/, stallAt: killedAt }];
    await using index = await startMockIndex({ projects: { quill: [archive] }, faults });
    writeFileSync(directory.join('req.txt'), pin);
    const options = [
      '--for',
      '3.11:any',
      '-i',
      index.url,
      '--cache-dir',
      directory.join('store'),
      '--memory-budget',
      budget,
    ];
    const running = startPeep(['fetch', '-r', 'req.txt', ...options], {
      cwd: directory.path,
      wrapper: watch.wrapper,
    });
    if (killedAt !== undefined) {
      await (await index.request(({ path }) => path.startsWith('/files'))).held;
      const child = childOf(running.process.pid);
      if (budget === '1M') while (spillOf(child) === 0) await new Promise(setImmediate);
      process.kill(child, 'SIGKILL');
    }
    const finished = await running.finished;
    if (status !== null) expect(finished.status).toBe(status);
    let spilled = 0;
    let plain = 0;
    for (const { bytes, path, call } of watch.writes()) {
      if (bytes === undefined) throw new Error(`${call} to ${path} hides what it writes`);
      if (needles.some((needle) => bytes.includes(needle))) plain += 1;
      else spilled += bytes.length;
    }
    expect(plain > 0).toBe(plaintext);
    // A budget below the archive's size: what did not fit went to disk, as ciphertext, but for the last block. A pin
    // without a hash keeps nothing.
    const keeps = pin !== 'quill==1.0\n';
    if (budget === '1M' && keeps)
      expect(spilled).toBeGreaterThan(killedAt === undefined ? size - 1_400_000 : 0);
    else expect(spilled).toBeLessThan(10_000);
    if (!plaintext) expect(existsSync(directory.join('store/v1/sha256'))).toBe(false);
  });
});

/** Bytes in the unlinked file of ciphertext that the program has open. */
function spillOf(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  for (const name of readdirSync(directory)) {
    const path = `${directory}/${name}`;
    try {
      if (/\/v1\/tmp\/.* \(deleted\)$/.test(readlinkSync(path))) return statSync(path).size;
    } catch {
      // It was closed between the listing and the look.
    }
  }
  return 0;
}

/** strace's child is the program: killing strace alone would let it go. */
function childOf(pid: number | undefined): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(child);
}
