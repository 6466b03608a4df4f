import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { startVerifier } from '../../src/provenance/verifier.js';
import { newTestAuthority } from '../support/sigstore/authority.js';

const program = fileURLToPath(new URL('../../dist/peep.mjs', import.meta.url));
const authority = newTestAuthority();
const root = Buffer.from(JSON.stringify(authority.trustedRoot));
const archive = { filename: 'demo-1.0.tar.gz', sha256: 'ab'.repeat(32) };
const provenance = Buffer.from(JSON.stringify(authority.provenance(archive)));

describe('verifying in a thread of the one file', () => {
  it('gives the verdicts in order, from one thread', async () => {
    let started = 0;
    const startThread = () => {
      started += 1;
      return new Worker(program, { workerData: 'provenance' });
    };
    const verifier = startVerifier({ startThread, root });
    try {
      const other = { ...archive, sha256: 'cd'.repeat(32) };
      const verdicts = await Promise.all([
        verifier.verify(provenance, archive),
        verifier.verify(provenance, other),
        verifier.verify(Buffer.from('x'), archive),
        verifier.verify(provenance, archive),
      ]);
      expect(verdicts.map(({ status }) => status)).toEqual(['verified', 'refused', 'refused', 'verified']);
      expect(started).toBe(1);
    } finally {
      await verifier.close();
    }
  });

  it('ends a thread that takes too long, and goes on with another', async () => {
    let started = 0;
    const startThread = () => {
      started += 1;
      return started === 1
        ? new Worker(
            `const { parentPort } = require('node:worker_threads');
            parentPort.once('message', () => { parentPort.postMessage('ready'); parentPort.on('message', () => { for (;;); }); });`,
            { eval: true },
          )
        : new Worker(program, { workerData: 'provenance' });
    };
    const verifier = startVerifier({ startThread, root, milliseconds: 10_000 });
    const hasty = startVerifier({ startThread, root, milliseconds: 50 });
    try {
      expect(await hasty.verify(provenance, archive)).toMatchObject({
        status: 'refused',
        reason: 'too-slow',
      });
      expect(await verifier.verify(provenance, archive)).toMatchObject({ status: 'verified' });
    } finally {
      await verifier.close();
      await hasty.close();
    }
  });

  it('refuses when the thread runs out of memory', async () => {
    const startThread = () =>
      new Worker(
        `const { parentPort } = require('node:worker_threads');
        parentPort.once('message', () => { parentPort.postMessage('ready'); parentPort.on('message', () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); }); });`,
        { eval: true, resourceLimits: { maxOldGenerationSizeMb: 32 } },
      );
    const verifier = startVerifier({ startThread, root, milliseconds: 20_000 });
    expect(await verifier.verify(provenance, archive)).toMatchObject({
      status: 'refused',
      reason: 'too-slow',
    });
    await verifier.close();
  });
});
