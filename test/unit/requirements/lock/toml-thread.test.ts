import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { parseHere } from '../../../../src/requirements/lock/toml.js';
import { threadedToml } from '../../../../src/requirements/lock/toml-thread.js';
import { peepPath } from '../../../support/run-peep.js';

const started: Worker[] = [];
const startWorker = (role: 'toml'): Worker => {
  const worker = new Worker(peepPath, { workerData: role });
  started.push(worker);
  return worker;
};
const long = (end = '') =>
  `day = 2026-11-28\n${Array.from({ length: 20_000 }, (_, i) => `[[package]]\nname = "a${i}"\n`).join('')}${end}`;

describe('TOML in a thread', () => {
  it('gives what this thread would, and lets this thread go on', async () => {
    const parse = threadedToml({ startWorker, signal: new AbortController().signal });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const answer = await parse(long());
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    expect(answer).toMatchObject({ document: { day: expect.any(Date), package: { length: 20_000 } } });
    expect(await parse(long('= no\n'))).toMatchObject({ line: 40_002, why: expect.any(String) });
    expect(started).toHaveLength(2);
    expect(await parse('a = 1')).toEqual(await parseHere('a = 1'));
    expect(started).toHaveLength(2);
  });

  it('ends with the reason of an interrupt', async () => {
    const interruption = new AbortController();
    const parse = threadedToml({ startWorker, signal: interruption.signal });
    const reason = new Error('interrupted');
    const parsed = parse(long());
    interruption.abort(reason);
    await expect(parsed).rejects.toBe(reason);
    await expect(parse(long())).rejects.toBe(reason);
  });

  it('tells when its thread stops', async () => {
    const parse = threadedToml({
      startWorker: () => new Worker('process.exit()', { eval: true }),
      signal: new AbortController().signal,
    });
    await expect(parse(long())).rejects.toThrow('the thread that parses TOML stopped');
  });
});
