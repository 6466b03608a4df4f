import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const count = 40;
const jobs = 8;
const wheels = Array.from({ length: count }, (_, i) => wheel({ name: `quill${i}`, version: '1.0' }));
const projects = Object.fromEntries(wheels.map((built, i) => [`quill${i}`, [built]]));
const pins = wheels.map(({ sha256 }, i) => `quill${i}==1.0 --hash=sha256:${sha256}\n`).join('');
const silence: readonly Fault[] = [{ path: /./, silent: true }];

/** `peep fetch` with all retries, and what the index that is silent was asked for. */
async function fetchFrom(silent: 'pages' | 'archives', lines: string, ...args: readonly string[]) {
  await using hanging = await startMockIndex({ projects, faults: silence });
  const index = {
    projects,
    // Pages of the first index lead to a server for archives that is silent; the second index has them itself.
    ...(silent === 'archives' && { filesOrigin: hanging.origin }),
  };
  await using first = await startMockIndex(index);
  await using second = await startMockIndex({ projects });
  using directory = tempDirectory();
  writeFileSync(directory.join('r.txt'), lines);
  const others = silent === 'pages' ? ['--extra-index-url', hanging.url] : ['--extra-index-url', second.url];
  const ran = await runPeep(
    ['fetch', '-r', 'r.txt', '--for', '3.11:any', '-i', first.url, ...others, '--jobs', `${jobs}`, ...args],
    { cwd: directory.path },
  );
  return { ran, asked: hanging.requests.map(({ path }) => path), served: second.requests.length };
}

describe('a server that gives no answer', () => {
  it.each(['pages', 'archives'] as const)(
    'costs one time-out for %s, when another one has the pinned bytes',
    async (silent) => {
      const { ran, asked } = await fetchFrom(silent, pins, '--timeout', '1');
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.stderr).not.toContain('trying again');
      // What was under way when the first one timed out; nothing was begun after that.
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.length).toBeLessThanOrEqual(jobs);
    },
  );

  it('is waited for where it may have what the others lack', async () => {
    const lacking = wheel({ name: 'inkpot', version: '1.0' });
    const line = `inkpot==1.0 --hash=sha256:${lacking.sha256}\n`;
    const { ran, asked } = await fetchFrom('pages', line, '--timeout', '0.1', '--retries', '2');
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(/the server did not\s+answer for\s+0\.1 s/);
    expect(asked).toEqual(Array(3).fill('/simple/inkpot/'));
  });

  it('is waited for where it may have an archive that fits better and is pinned, too', async () => {
    const better = wheel({ name: 'quill0', version: '1.0', tag: 'cp311-none-any' });
    const [line = ''] = pins.split('\n');
    const both = `${line} --hash=sha256:${better.sha256}\n`;
    const { asked } = await fetchFrom('pages', both, '--timeout', '0.1', '--retries', '1');
    expect(asked).toHaveLength(2);
  });
});
