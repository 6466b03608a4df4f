import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempFolder } from '../support/temp-folder.js';

const quill = wheel({ name: 'quill', version: '1.0' });

it('a project that its index has given up or holds back is warned of (PEP 792), escapes shown', async () => {
  using folder = tempFolder();
  await using index = await startMockIndex({
    projects: { quill: { files: [quill], status: { status: 'archived', reason: 'use \u001b[31minkpot' } } },
  });
  writeFileSync(folder.join('req.txt'), `quill==1.0 --hash=sha256:${quill.sha256}\n`);
  const { status, stderr } = await runPeep(
    ['fetch', '-v', '-r', 'req.txt', '--for', '3.11:any', '-i', index.url],
    { cwd: folder.path },
  );
  expect(status).toBe(0);
  expect(stderr).toContain('warning: quill is marked as archived at ');
  expect(stderr).toContain('use \\u{1b}[31minkpot');
});
