import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempName } from '../../src/files/temp-name.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep, startPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

/** Processes at once on one store. */
const crowd = 8;
/** PEEP_KILLS=200 for the long run. */
const rounds = Math.ceil(Number(process.env.PEEP_KILLS ?? 16) / crowd);

const archives = Array.from({ length: 12 }, (_, i) => {
  const lines = Array.from(
    { length: 300 * (i + 1) },
    (_, k) => `# ${createHash('sha256').update(`${i} ${k}`).digest('hex')}\n`,
  );
  return wheel({ name: `quill${i}`, version: '1.0', files: { [`quill${i}.py`]: lines.join('') } });
});
const requirements = archives.map(({ sha256 }, i) => `quill${i}==1.0 --hash=sha256:${sha256}\n`).join('');
const scenario = { projects: Object.fromEntries(archives.map((archive, i) => [`quill${i}`, [archive]])) };

it(`outlives ${rounds * crowd} kills at random moments, ${crowd} processes on one store at a time`, async () => {
  using directory = tempDirectory();
  writeFileSync(directory.join('req.txt'), requirements);
  const store = ['--cache-dir', directory.join('store')];
  const fetch = (url: string) => [
    'fetch',
    '-r',
    directory.join('req.txt'),
    '--for',
    '3.11:any',
    '-i',
    url,
    '--memory-budget',
    '1M',
    ...store,
  ];
  const prune = () => runPeep(['store', 'prune', ...store]);

  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(
      Array.from({ length: crowd }, async () => {
        await using index = await startMockIndex(scenario);
        // A page or an archive that was asked for, or sent to its end: whatever the program does just then.
        const moment = 1 + Math.floor(Math.random() * archives.length * 2);
        const whole = Math.random() < 0.5;
        const { process: child, finished } = startPeep(fetch(index.url), { cwd: directory.path });
        let seen = 0;
        const request = index.request(() => ++seen === moment);
        await Promise.race([request.then((each) => (whole ? each.over : undefined)), finished]);
        child.kill('SIGKILL');
        await finished;
      }),
    );
    const verified = await runPeep(['store', 'verify', ...store]);
    expect(verified).toMatchObject({ status: 0, stdout: expect.stringContaining(' 0 bad') });
  }

  await using index = await startMockIndex(scenario);
  expect(await runPeep(fetch(index.url), { cwd: directory.path })).toMatchObject({ status: 0 });
  expect(await prune()).toMatchObject({ status: 0 });
  expect(readdirSync(join(directory.path, 'store/v1/tmp'))).toEqual([]);
  expect(await runPeep([...fetch(index.url), '--offline'], { cwd: directory.path })).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('12 from the store'),
  });
}, 300_000);

it('store prune also removes the archives of installs that were killed, from the temporary directory', async () => {
  using directory = tempDirectory();
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  const gone = `peep-install-${tempName().replace(`-${process.pid}-`, `-${pid}-`)}`;
  const living = `peep-install-${tempName()}`;
  for (const name of [gone, living]) {
    mkdirSync(directory.join('tmp', name), { recursive: true });
    writeFileSync(directory.join('tmp', name, 'quill-1.0-py3-none-any.whl'), 'bytes');
  }
  const run = await runPeep(['store', 'prune', '--cache-dir', directory.join('store')], {
    cwd: directory.path,
    env: { TMPDIR: directory.join('tmp') },
  });
  expect(run).toMatchObject({ status: 0 });
  expect(run.stderr).toContain('removed the leftovers of 1 interrupted install');
  expect(readdirSync(directory.join('tmp'))).toEqual([living]);
});
