import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const quill = wheel({ name: 'quill', version: '1.0' });

it('a project that its index has given up or holds back is warned of (PEP 792), escapes shown', async () => {
  using directory = tempDirectory();
  await using index = await startMockIndex({
    projects: { quill: { files: [quill], status: { status: 'archived', reason: 'use \u001b[31minkpot' } } },
  });
  writeFileSync(directory.join('req.txt'), `quill==1.0 --hash=sha256:${quill.sha256}\n`);
  const { status, stderr } = await runPeep(
    ['fetch', '-v', '-r', 'req.txt', '--for', '3.11:any', '-i', index.url],
    { cwd: directory.path },
  );
  expect(status).toBe(0);
  expect(stderr).toContain('warning: quill is marked as archived at ');
  expect(stderr).toContain('use \\u{1b}[31minkpot');
});

it.each([
  [['hash', 'https://user:SECRET@h/'], "cannot hash 'https://****@h/'"],
  [['fetch', '--index-ulr=https://user:SECRET@h/'], "'--index-ulr=https://****@h/'"],
  [['fetch', '-r', 'req.txt', '--for', '3.11:any', '-i=https://user:SECRET@h/'], '****@h/'],
])('no word of a command line shows a password, whatever is wrong with it: %j (P7)', async (args, shown) => {
  using directory = tempDirectory();
  writeFileSync(directory.join('req.txt'), `quill==1.0 --hash=sha256:${quill.sha256}\n`);
  const report = args[0] === 'fetch' ? ['--report', 'report.json'] : [];
  const run = await runPeep([...args, ...report], { cwd: directory.path });
  const file = existsSync(directory.join('report.json'))
    ? readFileSync(directory.join('report.json'), 'utf8')
    : '';
  expect(run.status).not.toBe(0);
  expect(run.stdout + run.stderr).toContain(shown);
  expect(run.stdout + run.stderr + file).not.toContain('SECRET');
});

it('but the lines of a ported file stay as they are', async () => {
  using directory = tempDirectory();
  const line = '--index-url https://user:SECRET@h/';
  writeFileSync(directory.join('req.txt'), `${line}\n`);
  const env = { PIP_INDEX_URL: 'https://user:SECRET@h/' };
  const { stdout } = await runPeep(['port', 'req.txt'], { cwd: directory.path, env });
  expect(stdout).toContain(line);
});
