import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
