import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { tempDirectory } from '../support/temp-directory.js';

type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Set by `npm run test:forms`, which builds it. */
const binary = process.env.PEEP_BINARY;
const isRoot = process.getuid?.() === 0;

describe.skipIf(binary === undefined)('the one binary (npm run test:forms builds it)', () => {
  const program = binary ?? '';

  it('starts as it is, whatever is said to Node', async () => {
    const { status, stdout, stderr } = await run(program, ['help'], {
      NODE_OPTIONS: '--require=/nowhere.cjs',
    });
    expect(stdout).toMatch(/^Usage: peep COMMAND/);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect((await run(program, ['hash', '--nonsense'], {})).status).toBe(2);
  });

  it("carries Node's licence", () => {
    expect(readFileSync(program).includes('Node.js is licensed for use as follows')).toBe(true);
  });

  it.skipIf(!isRoot || process.platform !== 'linux')(
    "works in a root directory that holds nothing but the C and C++ libraries' files",
    async () => {
      using directory = tempDirectory();
      const place = (path: string) => {
        mkdirSync(dirname(directory.join(path)), { recursive: true });
        copyFileSync(path, directory.join(path));
      };
      for (const [library] of execFileSync('ldd', [program])
        .toString()
        .matchAll(/\/lib\S+/g))
        place(library);
      copyFileSync(program, directory.join('peep'));
      const inside = (...args: string[]) => run('chroot', [directory.path, '/peep', ...args], {});
      for (const name of ['a', 'b']) writeFileSync(directory.join(name), Buffer.alloc(25 << 20, name));
      // Large enough for threads.
      expect((await inside('hash', 'a', 'b')).stdout.match(/^# sha256: /gm)).toHaveLength(2);
      const quill = wheel({ name: 'quill', version: '1.0' });
      await using index = await startMockIndex({ projects: { quill: [quill] } });
      writeFileSync(directory.join('r.txt'), `-i ${index.url}\nquill==1.0 --hash=sha256:${quill.sha256}\n`);
      const target = ['--python-version', '3.12', '--platform', 'linux_x86_64'];
      expect(await inside('fetch', '-r', '/r.txt', '--dest', '/out', ...target)).toMatchObject({ status: 0 });
      expect(readFileSync(directory.join('out', quill.filename)).equals(quill.bytes)).toBe(true);
    },
  );
});

/** The index answers from this process, which must not wait. */
function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Finished> {
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: '/home', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const status = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  return Promise.all([status, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    status: code,
    stdout,
    stderr,
  }));
}
