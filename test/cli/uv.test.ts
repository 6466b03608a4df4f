import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { wheel } from '../mock-index/wheel.js';
import { installRealUv } from '../support/real-uv.js';
import { tempDirectory } from '../support/temp-directory.js';
import { peepHash, sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();
const programs = tempDirectory();
const realUv = await installRealUv(programs.join('real'));
afterAll(() => programs[Symbol.dispose]());

const quill = wheel({
  name: 'quill',
  version: '1.0',
  files: { 'quill.py': 'good = 1\ndef main(): print("ink")\n' },
  entryPoints: { console_scripts: { quill: 'quill:main' } },
  scripts: { 'quill-old': '#!python\nimport quill; quill.main()\n' },
  data: { 'data/share/quill.txt': 'ink\n' },
});
const inkpot = wheel({ name: 'inkpot', version: '2.0+blue' });
const nib = sdist({ name: 'nib', version: '1.0' });
const lines = [peepHash(quill), 'quill==1.0', peepHash(inkpot), 'inkpot==2.0'];

/** PATH with this directory first. */
const path = (directory: string) => ({ PATH: directory + delimiter + process.env.PATH });

/** A program that says it is that uv and then runs `body`; answers its directory. */
function standIn(version: string, body: string): string {
  const directory = programs.join(`stand-in-${readdirSync(programs.path).length}`);
  mkdirSync(directory);
  writeFileSync(
    join(directory, 'uv'),
    `#!/bin/sh\n[ "$1" = --version ] && { echo "${version}"; exit 0; }\n${body}\n`,
  );
  chmodSync(join(directory, 'uv'), 0o755);
  return directory;
}

const stagings = () => readdirSync(machine.directory.join('cache/v1/tmp'));

describe.skipIf(process.platform === 'win32')('peep install --installer uv, with a stand-in', () => {
  const seen = () => readFileSync(machine.directory.join('work/seen'), 'utf8');
  const looks = () =>
    standIn(
      'uv 0.13.9 (x86_64)',
      `{ pwd; echo "$@"; env; find . -type f; cat requirements.txt; } > '${machine.directory.join('work/seen')}'; exit 7`,
    );

  it('hands over verified files alone, shut in, and passes the status on (P5)', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    const env = { ...path(looks()), UV_INDEX: 'http://evil', PYTHONPATH: '/evil' };
    const { status, stderr } = await machine.install(lines, ['-i', index.url, '--installer', 'uv'], { env });
    expect(status).toBe(7);
    expect(stderr).toContain('error: uv ended with status 7 after every archive verified');
    expect(seen()).not.toMatch(/evil/);
    expect(seen()).toContain(
      `quill==1.0 --hash=sha256:${quill.sha256}\ninkpot==2.0+blue --hash=sha256:${inkpot.sha256}\n`,
    );
    expect(
      seen()
        .match(/^\.\/.*/gm)
        ?.sort(),
    ).toEqual([
      ...[`./archives/${inkpot.filename}`, `./archives/${quill.filename}`],
      ...['./log', './log-warnings', './requirements.txt'],
    ]);
    // Below the store, and gone.
    expect(seen().startsWith(machine.directory.join('cache/v1/tmp/peep-install-'))).toBe(true);
    expect(stagings()).toEqual([]);
    expect(machine.starts()).toEqual(['probe']);
  });

  it('is not started when something does not verify (P6)', async () => {
    const evil = wheel({ name: 'inkpot', version: '2.0+blue', files: { 'inkpot.py': 'evil = 1\n' } });
    index.serve({ projects: { quill: [quill], inkpot: [evil] } });
    const env = { ...path(looks()), PEEP_INSTALLER: 'uv' };
    const { status } = await machine.install(lines, ['-i', index.url], { env });
    expect(status).toBe(1);
    expect(existsSync(machine.directory.join('work/seen'))).toBe(false);
  });

  it.each([
    ['is absent', () => programs.path, 'there is no uv on PATH to install with'],
    ['is too old', () => standIn('uv 0.4.30', ''), 'is uv 0.4.30; peep needs uv 0.5.0 or newer'],
    ['is none', () => standIn('hello', ''), 'does not run as uv: it does not report its version'],
  ])('says before anything is fetched that uv %s', async (_, directory, message) => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    const before = index.requests.length;
    const env = { PATH: directory(), PEEP_INSTALLER: 'uv' };
    const { status, stderr } = await machine.install(lines, ['-i', index.url], { env });
    expect(stderr).toContain(message);
    expect(status).toBe(1);
    expect(index.requests).toHaveLength(before);
  });

  it('refuses an option that uv has not, before anything is fetched', async () => {
    const { status, stderr } = await machine.install(lines, ['-i', index.url, '--installer=uv', '--user']);
    expect(stderr).toContain('uv has no --user');
    expect(status).toBe(2);
  });
});

const skipped = realUv === undefined ? ' (skipped: ../shared/wheels is missing)' : '';
describe.skipIf(realUv === undefined)(`peep install --installer uv, with the real one${skipped}`, () => {
  const env = () => path(realUv ?? '');
  const install = (more: readonly string[] = [], extra: Record<string, string> = {}) =>
    machine.install(lines, ['-i', index.url, '--installer', 'uv', ...more], { env: { ...env(), ...extra } });

  it('installs, leaves nothing behind, and verify is clean', async () => {
    machine.withoutLog();
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    const { status, stdout } = await install();
    expect(stdout).toContain('Installed 2 distributions.\n');
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['inkpot==2.0+blue', 'quill==1.0']);
    expect(stagings()).toEqual([]);
    // No name is left to the file in a cache.
    expect(statSync(join(machine.venv.sitePackages, 'quill.py')).nlink).toBe(1);
    // peep verify wants the local part named, whatever installs.
    machine.write('requirements.txt', lines.join('\n').replace('==2.0', '==2.0+blue'));
    const verified = await machine.peep(['verify', '-r', 'requirements.txt', '-i', index.url]);
    expect(verified.stdout).toContain('match their pinned wheels, and there are no other files.');
    expect(verified.status).toBe(0);
    expect((await install()).stdout).toContain('quill==1.0');
    machine.write('one.txt', lines.filter((line) => !line.startsWith('inkpot')).join('\n'));
    const sync = ['sync', '-r', 'one.txt', '-i', index.url, '--installer', 'uv', '--yes'];
    expect((await machine.peep(sync, { env: env() })).stdout).toMatch(/\nUninstalled 1 distribution\.\n$/);
    expect(machine.installed()).toEqual(['quill==1.0']);
  });

  it('does not read what the user tells uv', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    const decoys = machine.directory.join('work/decoys');
    const hostile = `find-links = ["${decoys}"]\nno-binary = true\n[pip]\ntarget = "${decoys}"\n`;
    machine.write(`decoys/${quill.filename}`, 'no wheel');
    machine.write('uv.toml', hostile);
    mkdirSync(machine.directory.join('home/.config/uv'), { recursive: true });
    writeFileSync(machine.directory.join('home/.config/uv/uv.toml'), hostile);
    const { status } = await install([], {
      UV_CONFIG_FILE: machine.directory.join('work/uv.toml'),
      UV_TARGET: decoys,
      UV_NO_BINARY: '1',
      UV_FIND_LINKS: decoys,
    });
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['inkpot==2.0+blue', 'quill==1.0']);
  });

  it('builds source archives with pip', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot], nib: [nib] } });
    const all = [...lines, peepHash(nib), 'nib==1.0'];
    const { status, stdout } = await machine.install(all, ['-i', index.url, '--installer', 'uv'], {
      env: env(),
    });
    expect(stdout).toContain('Installed 3 distributions.\n');
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['inkpot==2.0+blue', 'nib==1.0', 'quill==1.0']);
  });

  it('installs into a directory, and again over what is there', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    for (const more of [[], ['--force-reinstall']]) {
      expect((await install(['--target', 'lib', ...more])).status).toBe(0);
      expect(readFileSync(machine.directory.join('work/lib/quill.py'), 'utf8')).toContain('good');
    }
  });

  it('hashes once more: a wheel that is swapped in staging is not installed', async () => {
    index.serve({ projects: { quill: [quill], inkpot: [inkpot] } });
    const evil = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'evil = 1\n' } });
    writeFileSync(programs.join('evil.whl'), evil.bytes);
    const swapping = standIn(
      'uv 0.13.9',
      `chmod u+w archives/quill-*; cp '${programs.join('evil.whl')}' archives/${quill.filename}; exec '${realUv}/uv' "$@"`,
    );
    const { status, stderr } = await machine.install(lines, ['-i', index.url, '--installer', 'uv'], {
      env: path(swapping),
    });
    expect(stderr).toMatch(/[Hh]ash mismatch/);
    expect(status).not.toBe(0);
    expect(machine.installed()).toEqual([]);
  });
});
