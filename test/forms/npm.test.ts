import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { cleanEnvironment } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const directory = tempDirectory();
afterAll(() => directory[Symbol.dispose]());
const archive = directory.join(`peep-${version}.tgz`);
const prefix = directory.join('prefix');

const run = (program: string, args: readonly string[], cwd = directory.path) =>
  execFileSync(program, args, {
    cwd,
    env: { ...cleanEnvironment(directory.join('home of it')), npm_config_update_notifier: 'false' },
    encoding: 'utf8',
  });

beforeAll(() => {
  mkdirSync(prefix);
  if (!existsSync(join(root, 'dist/completions'))) run(process.execPath, ['scripts/manual.mjs'], root);
  run(process.execPath, ['scripts/npm-package.mjs', directory.path], root);
  run('npm', ['install', '--global', '--offline', '--no-fund', '--no-audit', '--prefix', prefix, archive]);
}, 300_000);

it('is small, and brings no other package', () => {
  // The aim is 500 kB. undici takes 165 kB of it: only all of it is public.
  expect(statSync(archive).size).toBeLessThan(750_000);
  expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['peep']);
  expect(existsSync(join(prefix, 'lib/node_modules/peep/node_modules'))).toBe(false);
  const { dependencies, scripts } = JSON.parse(
    readFileSync(join(prefix, 'lib/node_modules/peep/package.json'), 'utf8'),
  );
  expect([dependencies, scripts]).toEqual([undefined, undefined]);
});

it('installs the command and the man page, and threads run', () => {
  const peep = join(prefix, 'bin/peep');
  expect(run(peep, ['--version'])).toMatch(new RegExp(`^peep ${version.replaceAll('.', '\\.')}\n`));
  expect(readFileSync(join(prefix, 'share/man/man1/peep.1'), 'utf8')).toMatch(/^\.\\"|^\.TH/);
  const large = ['a', 'b'].map((name) => directory.join(name));
  for (const path of large) writeFileSync(path, Buffer.alloc(25 << 20, path));
  expect(run(peep, ['hash', ...large]).match(/# sha256: /g)).toHaveLength(2);
});

it('fetches from an index, and looks into each kind of archive', async () => {
  const packed = (name: string, program: 'bzip2' | 'xz', suffix: string): BuiltArchive => {
    const { bytes, ...rest } = sdist({ name, version: '1.0' });
    const made = execFileSync(program, ['-c'], { input: gunzipSync(bytes) });
    const sha256 = createHash('sha256').update(made).digest('hex');
    return { ...rest, bytes: made, sha256, filename: `${name}-1.0.tar.${suffix}` };
  };
  const archives = [
    wheel({ name: 'quill', version: '1.0' }),
    packed('bzipped', 'bzip2', 'bz2'),
    packed('xzipped', 'xz', 'xz'),
  ];
  await using index = await startMockIndex({
    projects: Object.fromEntries(archives.map((each) => [each.filename.split('-')[0], [each]])),
  });
  const lines = archives.map(
    ({ filename, sha256 }) => `${filename.split('-')[0]}==1.0 --hash=sha256:${sha256}\n`,
  );
  writeFileSync(directory.join('req.txt'), lines.join(''));
  const args = ['fetch', '-r', 'req.txt', '--all', '-i', index.url, '--dest', 'wheels'];
  // The index runs in this process.
  const child = spawn(join(prefix, 'bin/peep'), args, {
    cwd: directory.path,
    env: cleanEnvironment(directory.join('home of it')),
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (told += text));
  const [status] = await once(child, 'close');
  expect([status, told]).toEqual([0, expect.stringContaining('3 verified')]);
  expect(readdirSync(directory.join('wheels'))).toHaveLength(5);
});

it('is a library with types, in a project of its own', () => {
  const project = directory.join('project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  run('npm', ['install', '--offline', '--no-fund', '--no-audit', archive], project);
  const program = `import { parseVersion, selectArchive } from 'peep';
const version: string | undefined = parseVersion('1.0.0-rc1')?.normalized;
export const select: typeof selectArchive = selectArchive;
console.log(version);
`;
  writeFileSync(join(project, 'use.ts'), program);
  const compilerOptions = { module: 'NodeNext', target: 'ES2022', strict: true, types: [] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['use.ts'] }));
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], project);
  expect(run(process.execPath, ['use.js'], project)).toBe('1.0.0rc1\n');
});
