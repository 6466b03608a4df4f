import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Difference } from '../../src/verify/difference.js';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { makeMachine } from './machine.js';

const quill = wheel({
  name: 'quill',
  version: '1.0',
  files: {
    'quill/__init__.py': 'def main():\n    pass\n',
    'quill/ink.py': 'colour = "blue"\n',
    'quill/data.bin': Buffer.alloc(3000, 7),
  },
  entryPoints: { console_scripts: { quill: 'quill:main' } },
  scripts: { 'quill-sh': '#!/bin/sh\necho quill\n', 'quill-py': '#!python\nprint("quill")\n' },
  data: {
    'data/share/quill/nib.txt': 'nib\n',
    'headers/quill.h': '/* h */\n',
    'purelib/quill_extra.py': 'x = 1\n',
  },
});
const newer = wheel({ name: 'quill', version: '1.1' });
const wrong = wheel({
  name: 'inkpot',
  version: '2.0',
  files: { 'inkpot.py': 'full = True\n' },
  // As some real wheels have it: the hash in RECORD is not that of the file.
  record: (rows) =>
    rows.map(([path, hash, size]) => [path, path === 'inkpot.py' ? `sha256=${'A'.repeat(43)}` : hash, size]),
});
const inkpot = wheel({ name: 'inkpot', version: '2.0', files: { 'inkpot.py': 'full = True\n' } });
const rogue = wheel({ name: 'rogue', version: '0.1' });
const source = sdist({ name: 'reed', version: '3.0', build: 'in-tree' });

const index = await startMockIndex({
  projects: { quill: [quill, newer], inkpot: [inkpot], rogue: [rogue], reed: [source] },
});
const machine = await makeMachine();
const site = machine.venv.sitePackages;
machine.withoutLog();
afterAll(async () => {
  machine[Symbol.dispose]();
  await index.close();
});

const pin = (name: string, version: string, { sha256 }: { readonly sha256: string }) =>
  `${name}==${version} --hash=sha256:${sha256}`;
const pins = [pin('quill', '1.0', quill), pin('inkpot', '2.0', inkpot)];

async function verify(lines: readonly string[], ...more: string[]) {
  machine.write('pins.txt', lines.map((line) => `${line}\n`).join(''));
  const ended = await machine.peep([
    'verify',
    '-r',
    'pins.txt',
    '-i',
    index.url,
    '--report',
    'verify.json',
    ...more,
  ]);
  const text = existsSync(join(machine.work, 'verify.json')) ? machine.read('verify.json') : '{}';
  rmSync(join(machine.work, 'verify.json'), { force: true });
  const report = JSON.parse(text) as {
    differences: Difference[];
    notes: { project: string; reason: string }[];
  };
  const found = report.differences?.map(({ change, project, path }) =>
    [
      change,
      project ?? '-',
      path === null ? '' : path.slice(machine.venv.path.length + 1).replace(/^.*site-packages\//, ''),
    ]
      .join(' ')
      .trim(),
  );
  return { ...ended, found, differences: report.differences, notes: report.notes };
}

async function installed(lines: readonly string[]): Promise<void> {
  machine.reset();
  const { status, stderr } = await machine.install(lines, ['-i', index.url]);
  expect(status, stderr).toBe(0);
}

describe('an environment as its pins say', () => {
  beforeEach(() => installed(pins));

  it('is proven, scripts, headers, data and byte-compiled files included', async () => {
    const { status, stdout, found, notes } = await verify(pins);
    expect(found).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).toContain('2 distributions match their pinned wheels, and there are no other files.');
    expect(notes.every(({ project }) => ['pip', 'setuptools', 'wheel'].includes(project))).toBe(true);
  });

  it('differs by a file changed, one missing and one added, and by nothing else; --fix mends it', async () => {
    writeFileSync(join(site, 'quill/ink.py'), 'colour = "gray"\n');
    rmSync(join(site, 'quill/data.bin'));
    writeFileSync(join(site, 'quill/evil.py'), 'import os\n');
    const before = await verify(pins);
    expect(before.status).toBe(1);
    expect(before.found).toEqual([
      'missing quill quill/data.bin',
      'added quill quill/evil.py',
      'changed quill quill/ink.py',
    ]);
    expect(before.stdout).toContain('quill\n    missing  ');
    const fixed = await verify(pins, '--fix', '--yes');
    expect(fixed.found).toEqual([]);
    expect(fixed.status).toBe(0);
    expect(fixed.stderr).toContain('removed ');
    expect((await verify(pins)).status).toBe(0);
  });

  it.each<[string, () => void, ...string[]]>([
    [
      'a script that does more',
      () => appendFileSync(join(machine.venv.path, 'bin/quill'), 'print(1)\n'),
      'changed quill bin/quill',
    ],
    [
      'a script of another entry point',
      () => writeFileSync(join(machine.venv.path, 'bin/quill'), '#!/bin/sh\nexec evil\n'),
      'changed quill bin/quill',
    ],
    [
      'a plain script that changed',
      () => appendFileSync(join(machine.venv.path, 'bin/quill-sh'), 'evil\n'),
      'changed quill bin/quill-sh',
    ],
    [
      'a Python script whose body changed',
      () => appendFileSync(join(machine.venv.path, 'bin/quill-py'), 'evil()\n'),
      'changed quill bin/quill-py',
    ],
    [
      'a script for another Python',
      () => writeFileSync(join(machine.venv.path, 'bin/quill-py'), '#!/tmp/python\nprint("quill")\n'),
      'changed quill bin/quill-py',
    ],
    [
      'a data file',
      () => appendFileSync(join(machine.venv.path, 'share/quill/nib.txt'), 'x'),
      'changed quill share/quill/nib.txt',
    ],
    [
      'a module of .data',
      () => appendFileSync(join(site, 'quill_extra.py'), 'y = 2\n'),
      'changed quill quill_extra.py',
    ],
    [
      'a .pth file, which runs at each start',
      () => writeFileSync(join(site, 'evil.pth'), 'import os\n'),
      'added - evil.pth',
    ],
    ['sitecustomize', () => writeFileSync(join(site, 'sitecustomize.py'), ''), 'added - sitecustomize.py'],
    [
      'a compiled file without a source',
      () => {
        mkdirSync(join(site, 'quill/__pycache__'), { recursive: true });
        writeFileSync(join(site, 'quill/__pycache__/ghost.cpython-311.pyc'), '');
      },
      'added quill quill/__pycache__/ghost.cpython-311.pyc',
    ],
    [
      'a compiled file that runs whatever its source says',
      () => {
        mkdirSync(join(site, 'quill/__pycache__'), { recursive: true });
        const header = Buffer.alloc(16);
        header.writeUInt32LE(1, 4);
        writeFileSync(join(site, 'quill/__pycache__/ink.cpython-311.pyc'), header);
      },
      'added - quill/__pycache__/ink.cpython-311.pyc',
    ],
    [
      'a compiled file in place of a source',
      () => writeFileSync(join(site, 'quill/ghost.pyc'), ''),
      'added quill quill/ghost.pyc',
    ],
    [
      'a link among the files',
      () => symlinkSync('/etc/hostname', join(site, 'quill/link')),
      'added quill quill/link',
    ],
    [
      'a file of its own beside the metadata',
      () => writeFileSync(join(site, 'quill-1.0.dist-info/evil.txt'), ''),
      'added quill quill-1.0.dist-info/evil.txt',
    ],
    [
      'metadata that changed',
      () => appendFileSync(join(site, 'inkpot-2.0.dist-info/METADATA'), 'x'),
      'changed inkpot inkpot-2.0.dist-info/METADATA',
    ],
    [
      "a file that pip's own list claims",
      () => {
        writeFileSync(join(site, 'claimed.pth'), 'import os\n');
        for (const list of machine.metadataOf('pip')) appendFileSync(join(list, 'RECORD'), 'claimed.pth,,\n');
      },
      'added - claimed.pth',
    ],
    [
      'a program that the installed RECORD claims',
      () => {
        writeFileSync(join(machine.venv.path, 'bin/backdoor'), '');
        appendFileSync(join(site, 'quill-1.0.dist-info/RECORD'), '../../../bin/backdoor,,\n');
      },
      'added quill bin/backdoor',
      'changed quill quill-1.0.dist-info/RECORD',
    ],
  ])('differs by %s', async (_, tamper, ...differences) => {
    tamper();
    const { status, found } = await verify(pins);
    expect(found).toEqual(differences);
    expect(status).toBe(1);
    rmSync(join(site, 'evil.pth'), { force: true });
    rmSync(join(site, 'claimed.pth'), { force: true });
    rmSync(join(site, 'sitecustomize.py'), { force: true });
    rmSync(join(site, 'quill'), { recursive: true, force: true });
    rmSync(join(machine.venv.path, 'bin/backdoor'), { force: true });
  });

  it('a link to the same bytes, as uv makes them, is told and no difference; one to others is', async () => {
    const path = join(site, 'inkpot.py');
    const copy = machine.directory.join('copy.py');
    writeFileSync(copy, machine.read(path));
    rmSync(path);
    symlinkSync(copy, path);
    const same = await verify(pins);
    expect(same.found).toEqual([]);
    expect(same.notes).toContainEqual({
      project: 'inkpot',
      reason:
        '1 files are links to files elsewhere with the same bytes; a change of those files changes the environment',
    });
    appendFileSync(copy, '#');
    expect((await verify(pins)).found).toEqual(['changed inkpot inkpot.py']);
  });

  it('is not steered by what lies in it: no start-up file runs while its Python is asked', async () => {
    const clean = machine.directory.join('clean');
    mkdirSync(clean, { recursive: true });
    writeFileSync(join(site, 'quill/ink.py'), 'colour = "gray"\n');
    const code = `import sys; sys.path[:] = [${JSON.stringify(clean)}]; sys.prefix = ${JSON.stringify(clean)}\n`;
    writeFileSync(join(site, 'evil.pth'), code);
    const { found } = await verify(pins);
    expect(found).toEqual(['added - evil.pth', 'changed quill quill/ink.py']);
    rmSync(join(site, 'evil.pth'));
  });

  it('--fix asks before it changes anything, and takes no answer for a no', async () => {
    writeFileSync(join(site, 'quill/evil.py'), '');
    const { status, stderr, stdout } = await verify(pins, '--fix');
    expect(status).toBe(1);
    expect(stdout).toMatch(/--fix will:\n {4}remove .*quill\/evil\.py\n/);
    expect(stderr).toContain('the plan above was not confirmed');
    expect(existsSync(join(site, 'quill/evil.py'))).toBe(true);
  });

  it('--fix touches nothing outside, whatever the installed RECORD names', async () => {
    const outside = machine.directory.join('precious.txt');
    writeFileSync(outside, 'precious\n');
    const record = join(site, 'quill-1.0.dist-info/RECORD');
    appendFileSync(record, `${outside},,\n../../../../precious.txt,,\ninkpot.py,,\n`);
    symlinkSync(machine.directory.path, join(site, 'way'));
    appendFileSync(record, 'way/precious.txt,,\n');
    writeFileSync(join(site, 'quill/ink.py'), 'colour = "gray"\n');
    const { found, status, stdout, stderr } = await verify(pins, '--fix', '--yes');
    expect(found, stdout + stderr).toEqual([]);
    expect(status).toBe(0);
    expect(machine.read(outside)).toBe('precious\n');
  });

  it('metadata without RECORD, and a second one, are leftovers that --fix removes whole', async () => {
    const leftover = join(site, 'quill-0.9.dist-info');
    mkdirSync(leftover);
    writeFileSync(join(leftover, 'METADATA'), 'Name: quill\nVersion: 0.9\n');
    const { found } = await verify(pins);
    expect(found).toEqual(['leftovers quill quill-0.9.dist-info']);
    expect((await verify(pins, '--fix', '--yes')).found).toEqual([]);
    expect(existsSync(leftover)).toBe(false);
    rmSync(join(site, 'inkpot-2.0.dist-info/RECORD'));
    expect((await verify(pins)).found).toEqual(expect.arrayContaining(['not-installed inkpot']));
  });
});

describe('distributions', () => {
  it('without a pin, without an install, of another version, from a directory', async () => {
    await installed([pin('quill', '1.1', newer), pin('rogue', '0.1', rogue), pin('inkpot', '2.0', inkpot)]);
    writeFileSync(
      join(site, 'inkpot-2.0.dist-info/direct_url.json'),
      JSON.stringify({ url: 'file:///home/me/inkpot', dir_info: { editable: true } }),
    );
    const lines = [...pins, pin('reed', '3.0', source)];
    const { status, found, stdout } = await verify(lines);
    expect(status).toBe(1);
    expect(found).toEqual(
      expect.arrayContaining([
        'version quill',
        'other-source inkpot',
        'not-installed reed',
        'unpinned rogue',
      ]),
    );
    expect(stdout).toContain('rogue\n    no pin names it  (0.1)');
    expect(stdout).toContain('1.1 is installed, 1.0 is pinned');
    expect(stdout).toContain('editable: file:///home/me/inkpot');
  });

  it('of a wheel whose RECORD is wrong are held to what the archive holds', async () => {
    await installed([pin('inkpot', '2.0', inkpot)]);
    await using other = await startMockIndex({ projects: { inkpot: [wrong] } });
    const lines = [`-i ${other.url}`, pin('inkpot', '2.0', wrong)];
    expect((await verify(lines)).found?.filter((each) => !each.includes('dist-info'))).toEqual([]);
    appendFileSync(join(site, 'inkpot.py'), '#');
    expect((await verify(lines)).found).toContain('changed inkpot inkpot.py');
  });

  it('built from source archives are held to their own RECORD, and prove nothing that runs at start-up', async () => {
    const lines = [pin('reed', '3.0', source)];
    await installed(lines);
    const clean = await verify(lines);
    expect(clean.found).toEqual([]);
    expect(clean.status).toBe(0);
    expect(clean.notes).toContainEqual({
      project: 'reed',
      reason: 'built from a source archive; compared with its own RECORD alone, a weaker proof',
    });
    expect((await verify(lines, '--strict')).found).toEqual(['unproven reed']);
    const record = join(site, 'reed-3.0.dist-info/RECORD');
    for (const name of ['claimed.pth', 'sitecustomize.py', 'usercustomize/__init__.py']) {
      mkdirSync(dirname(join(site, name)), { recursive: true });
      writeFileSync(join(site, name), 'import os\n');
      appendFileSync(record, `${name},,\n`);
    }
    const module = ['reed.py', 'reed/__init__.py'].find((each) => existsSync(join(site, each))) ?? '';
    appendFileSync(join(site, module), '#');
    expect((await verify(lines)).found).toEqual([
      'added - claimed.pth',
      `changed reed ${module}`,
      'added - sitecustomize.py',
      'added - usercustomize/__init__.py',
    ]);
    for (const name of ['claimed.pth', 'sitecustomize.py', 'usercustomize'])
      rmSync(join(site, name), { recursive: true });
  });

  it('that share a path: told, and no difference', async () => {
    const of = (name: string, text: string) =>
      wheel({ name, version: '1.0', files: { 'both/__init__.py': text } });
    const [one, two] = [of('one', 'x = 1\n'), of('two', 'x = 2\n')];
    await using other = await startMockIndex({ projects: { one: [one], two: [two] } });
    await installed([`-i ${other.url}`, pin('one', '1.0', one)]);
    // pip writes over the file without a word (pip#4625); peep refuses that, others do not.
    machine.write(two.filename, two.bytes);
    await machine.venv.run('-m', 'pip', 'install', '--no-index', '--no-deps', '-f', machine.work, 'two');
    const { found, notes } = await verify([
      `-i ${other.url}`,
      pin('one', '1.0', one),
      pin('two', '1.0', two),
    ]);
    expect(found).toEqual([]);
    expect(notes).toContainEqual(expect.objectContaining({ project: 'one' }));
  });

  it('of another version are one line; editable ones are named where they are allowed', async () => {
    await installed([pin('quill', '1.1', newer), pin('inkpot', '2.0', inkpot)]);
    expect((await verify(pins)).found).toEqual(['version quill']);
    const info = join(site, 'mine-1.0.dist-info');
    mkdirSync(info);
    writeFileSync(join(info, 'METADATA'), 'Name: mine\nVersion: 1.0\n');
    writeFileSync(join(info, 'RECORD'), '__editable__.mine-1.0.pth,,\nmine-1.0.dist-info/RECORD,,\n');
    writeFileSync(join(site, '__editable__.mine-1.0.pth'), '/home/me/mine\n');
    const url = { url: 'file:///home/me/mine', dir_info: { editable: true } };
    writeFileSync(join(info, 'direct_url.json'), JSON.stringify(url));
    expect((await verify(pins)).found).toEqual([
      'version quill',
      'unpinned mine',
      'added - __editable__.mine-1.0.pth',
    ]);
    const allowed = await verify(pins, '--allow-editable');
    expect(allowed.found).toEqual(['version quill']);
    expect(allowed.notes).toContainEqual({
      project: 'mine',
      reason: 'editable: file:///home/me/mine; its files are not compared',
    });
  });

  it('in a directory of --target are compared where pip put them', async () => {
    machine.reset();
    const { status, stderr } = await machine.install(pins, ['-i', index.url, '--target', 'lib']);
    expect(status, stderr).toBe(0);
    const clean = await verify(pins, '--target', 'lib');
    expect(clean.differences).toEqual([]);
    appendFileSync(join(machine.work, 'lib/bin/quill-sh'), 'evil\n');
    writeFileSync(join(machine.work, 'lib/evil.py'), '');
    const { differences } = await verify(pins, '--target', 'lib');
    expect(differences?.map(({ change, path }) => [change, path?.replace(/.*\/lib\//, '')])).toEqual([
      ['changed', 'bin/quill-sh'],
      ['added', 'evil.py'],
    ]);
  });

  it('whose archive mismatches are not compared, and --fix changes nothing', async () => {
    await installed(pins);
    writeFileSync(join(site, 'inkpot.py'), 'other\n');
    const lines = [
      pin('quill', '1.0', quill).replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      pin('inkpot', '2.0', inkpot),
    ];
    const { status, stdout, found } = await verify(lines, '--fix', '--yes');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^THE ARCHIVES BELOW DO NOT MATCH/);
    expect(found).toContain('changed inkpot inkpot.py');
    expect(machine.read(join(site, 'inkpot.py'))).toBe('other\n');
  });
});

describe('an environment that sees others', () => {
  it('is proven by itself; --fix changes not one file of theirs', async () => {
    await installed(pins);
    const base = machine.directory.join('base');
    const user = join(base, 'lib', basename(dirname(site)), 'site-packages');
    mkdirSync(user, { recursive: true });
    cpSync(site, user, { recursive: true });
    writeFileSync(join(user, 'stray.py'), '');
    writeFileSync(join(user, 'quill/ink.py'), 'colour = "gray"\n');
    rmSync(join(site, 'inkpot.py'));
    rmSync(join(site, 'inkpot-2.0.dist-info'), { recursive: true });
    const config = join(machine.venv.path, 'pyvenv.cfg');
    const before = machine.read(config);
    writeFileSync(config, before.replace('packages = false', 'packages = true'));
    const env = { PYTHONUSERBASE: base };
    const list = () => readdirSync(user, { recursive: true, encoding: 'utf8' }).sort();
    const files = list();
    machine.write('pins.txt', pins.map((line) => `${line}\n`).join(''));
    const args = ['verify', '-r', 'pins.txt', '-i', index.url];
    const seen = await machine.peep(args, { env });
    const words = seen.stdout.replaceAll(/\s+/g, ' ');
    expect(words).toContain(`note: inkpot: taken from '${user}', outside of this environment`);
    expect(seen.stdout).not.toContain('stray.py');
    writeFileSync(join(site, 'quill/ink.py'), 'colour = "gray"\n');
    const fixed = await machine.peep([...args, '--fix', '--yes'], { env });
    expect(fixed.status, fixed.stdout + fixed.stderr).toBe(0);
    expect(list()).toEqual(files);
    expect(machine.read(join(user, 'quill/ink.py'))).toBe('colour = "gray"\n');
    writeFileSync(config, before);
  }, 120_000);
});
