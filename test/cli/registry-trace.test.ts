import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wheel } from '../mock-index/wheel.js';
import { type Answer, startMockRegistry } from '../registry/mock-registry.js';
import { needlesOf } from '../support/disk-bytes.js';
import { startPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';
import { trace } from '../support/trace.js';

/** Bytes that compress badly and repeat nowhere: any piece of them tells the archive. */
const noise = Array.from({ length: 25_000 }, (_, i) =>
  createHash('sha512').update(`registry ${i}`).digest('base64'),
);
const archive = wheel({
  name: 'quill',
  version: '1.0',
  files: { 'quill.py': `# ${noise.join('\n# ')}\n` },
});
const size = archive.bytes.length;
const evil = Buffer.from(archive.bytes);
evil[size >> 1] = (evil[size >> 1] ?? 0) ^ 1;

const sends =
  (body: Buffer): Answer =>
  (_, response) =>
    void response.writeHead(200, { 'content-length': size }).end(body);

/** Sends so much, and then nothing more. */
function stalls(length: number): { readonly answer: Answer; readonly stalled: Promise<void> } {
  let tell = () => {};
  const stalled = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const answer: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': size });
    response.write(archive.bytes.subarray(0, length), tell);
  };
  return { answer, stalled };
}

interface Run {
  readonly answer?: Answer;
  /** Where the answer stalls until the program is killed. */
  readonly killedAt?: number;
  readonly plaintext: boolean;
  readonly status: number | null;
}

const runs: Readonly<Record<string, Run>> = {
  'a good run: plaintext, after the digest matched': { plaintext: true, status: 0 },
  'other bytes: none': { answer: sends(evil), plaintext: false, status: 1 },
  'killed in the middle: none': { killedAt: size >> 1, plaintext: false, status: null },
  'killed before the last byte: none': { killedAt: size - 1, plaintext: false, status: null },
};

describe.each(['128M', '1M'])(
  'what fetch writes from a registry, with a budget of %s (P1)',
  { timeout: 120_000 },
  (budget) => {
    it.each(Object.entries(runs))('%s', async (_, { answer, killedAt, plaintext, status }) => {
      using directory = tempDirectory();
      const watch = trace(directory.join('trace'));
      if (watch === undefined) return console.warn('skipped: there is no strace that works here');
      await using registry = await startMockRegistry({ archives: [archive] });
      const stall = stalls(killedAt ?? 0);
      const lie = killedAt === undefined ? answer : stall.answer;
      if (lie !== undefined) registry.lies.push([/blobs/, lie]);
      writeFileSync(directory.join('req.txt'), `quill==1.0 --hash=sha256:${archive.sha256}\n`);
      const options = ['--for', '3.11:any', '--no-index', '--store', `oci://${registry.host}/team/python`];
      const running = startPeep(
        [
          ...['fetch', '-r', 'req.txt', ...options],
          ...['--cache-dir', directory.join('store'), '--memory-budget', budget],
        ],
        { cwd: directory.path, wrapper: watch.wrapper },
      );
      if (killedAt !== undefined) {
        await stall.stalled;
        const { pid } = running.process;
        // strace's child is the program: killing strace alone would let it go.
        const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
        process.kill(Number(child), 'SIGKILL');
      }
      const finished = await running.finished;
      if (status !== null) expect(finished.status).toBe(status);
      const needles = [...needlesOf(archive.bytes), ...needlesOf(evil)];
      const shown = watch.writes().filter(({ bytes, path, call }) => {
        if (bytes === undefined) throw new Error(`${call} to ${path} hides what it writes`);
        return needles.some((needle) => bytes.includes(needle));
      });
      expect(shown.length > 0).toBe(plaintext);
      if (!plaintext) expect(existsSync(directory.join('store/v1/sha256'))).toBe(false);
    });
  },
);
