import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { downloadVerified } from '../../../src/fetch/download/download.js';
import { isNetworkFailure } from '../../../src/fetch/http/failures.js';
import type { Fault } from '../../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../../mock-index/server.js';
import { bytesOf, digestsOf, downloadDeps, failure, link, onCleanup, withoutWaiting } from './support.js';

const bytes = randomBytes(200_000);
const filename = 'a-1-py3-none-any.whl';
const last = bytes.length - 1;

async function index(...faults: Omit<Fault, 'path'>[]): Promise<MockIndex> {
  const started = await startMockIndex({
    projects: { a: [{ filename, bytes }] },
    faults: faults.map((fault) => ({ path: /\.whl$/, ...fault })),
  });
  onCleanup(() => started.close());
  return started;
}

async function download(from: MockIndex, deps: ReturnType<typeof downloadDeps>): Promise<void> {
  const archive = await downloadVerified(deps, {
    link: link(from.fileUrl('a', filename)),
    digests: digestsOf(bytes),
    filename,
  });
  try {
    expect((await bytesOf(archive.chunks())).equals(bytes)).toBe(true);
  } finally {
    await archive.release();
  }
}

/** Settles when a fault holds an answer back. */
const held = async (from: MockIndex) => (await from.request(() => true)).held;

async function expectFailure(from: MockIndex, network: boolean): Promise<void> {
  // Memory for half of it: what fails has been spilled by then.
  const deps = downloadDeps({ budget: 150_000, timeout: 15 });
  const error = await withoutWaiting(
    () => failure(download(from, deps)),
    () => held(from),
  );
  expect(isNetworkFailure(error)).toBe(network);
  if (!network) expect(error.code).toBe('DIGEST_MISMATCH');
  expect(deps.memory.used).toBe(0);
  expect(existsSync(deps.spillDirectory) ? readdirSync(deps.spillDirectory) : []).toEqual([]);
}

describe('P8: at each stage, trouble is a network failure and leaves nothing', () => {
  const lengths = [undefined, 'chunked'] as const;
  const stages = [0, 1, 100_000, last];
  const cases = lengths.flatMap((length) =>
    stages.flatMap((at) =>
      (['truncateAt', 'resetAt', 'stallAt'] as const).map((how) => ({
        [how]: at,
        ...(length && { length }),
      })),
    ),
  );
  it.each<Omit<Fault, 'path'>>([
    ...cases,
    { resetAt: 'before-answer' },
    { silent: true },
    { raw: 'garbage\r\n\r\n' },
    { raw: '' },
    { headerBytes: 100_000 },
    { status: 500 },
    { status: 403 },
    { length: bytes.length + 1 },
    { redirect: 'http://[' },
  ])('%j', async (fault) => {
    await expectFailure(await index(fault), true);
  });
});

describe('P8: other bytes are a mismatch, wherever they differ', () => {
  it.each<Omit<Fault, 'path'>>([
    { wrongByteAt: 0 },
    { wrongByteAt: 100_000 },
    { wrongByteAt: -1 },
    { wrongByteAt: 5, length: 'chunked' },
    { wrongByteAt: 5, length: 'close' },
    { body: 'something else' },
    { body: '' },
    { length: bytes.length - 1 },
  ])('%j', async (fault) => {
    await expectFailure(await index(fault), false);
  });

  it('but for what the server itself calls compressed', async () => {
    await expectFailure(await index({ gzip: true }), true);
  });
});

describe('faults that end are survived', () => {
  it.each<Omit<Fault, 'path'>>([
    { truncateAt: 100_000 },
    { truncateAt: last, length: 'chunked' },
    { truncateAt: 100_000, length: 'close' },
    { stallAt: 100_000 },
    { resetAt: 'before-answer' },
    { raw: '' },
    { status: 503, headers: { 'Retry-After': '0' } },
  ])('%j', async (fault) => {
    const from = await index({ ...fault, times: 1 });
    const deps = downloadDeps({ retries: 2, timeout: 15 });
    await withoutWaiting(
      () => download(from, deps),
      () => held(from),
    );
  });

  it('and what had come is not fetched again', async () => {
    const from = await index({ times: 3, truncateAt: 50_000 });
    await download(from, downloadDeps({ retries: 3 }));
    expect(from.requests.map(({ status }) => status)).toEqual([200, 206, 206, 206]);
    expect(from.requests.reduce((sum, { sent }) => sum + sent, 0)).toBe(bytes.length);
  });

  it.each([
    'ignored',
    'shifted',
    'relabelled',
    'other-validator',
    'no-content-range',
    'wrong-total',
    'refused',
  ] as const)('though ranges are answered wrongly: %s', async (range) => {
    const from = await index({ times: 1, truncateAt: 100_000 }, { range });
    await download(from, downloadDeps({ retries: 1 }));
  });
});
