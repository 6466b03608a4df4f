import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentBytes } from '../mock-index/content.js';
import type { FileSpec } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { bytesOnDisk, needlesOf } from '../support/disk-bytes.js';
import { type RealProjects, realProjects } from '../support/real-index.js';
import { base64url, type Machine, makeMachine } from './machine.js';

/** Projects to install, with what is imported of each. */
const source = {
  flask: 'flask',
  numpy: 'numpy',
  cryptography: 'cryptography.fernet',
  ...{ werkzeug: 'werkzeug', jinja2: 'jinja2', markupsafe: 'markupsafe', itsdangerous: 'itsdangerous' },
  ...{ click: 'click', blinker: 'blinker', cffi: 'cffi', pycparser: 'pycparser', requests: 'requests' },
  ...{ urllib3: 'urllib3', idna: 'idna', certifi: 'certifi', 'charset-normalizer': 'charset_normalizer' },
  ...{ six: 'six', attrs: 'attr', packaging: 'packaging', pyyaml: 'yaml', pygments: 'pygments' },
  ...{ 'markdown-it-py': 'markdown_it', mdurl: 'mdurl', rich: 'rich', tomlkit: 'tomlkit', pytz: 'pytz' },
  ...{ 'python-dateutil': 'dateutil', colorama: 'colorama', wheel: 'wheel', tqdm: 'tqdm' },
} as const;

interface Chosen {
  readonly name: string;
  readonly version: string;
  readonly file: FileSpec;
  readonly sha256: string;
}

let machine: Machine;
let index: MockIndex | undefined;
let chosen: readonly Chosen[] = [];

beforeAll(async () => {
  machine = await makeMachine();
  const projects = await realProjects();
  if (projects === undefined) return;
  index = await startMockIndex({ projects });
  chosen = await fitting(projects, index.url);
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});

/** Of each wanted project the version of its first file, where that one has an archive for this Python. */
async function fitting(projects: RealProjects, url: string): Promise<Chosen[]> {
  const pins = Object.keys(source).flatMap((name) => {
    const [, version] = (projects[name]?.[0]?.filename ?? '').split('-');
    return version === undefined ? [] : [`${name}==${version}`];
  });
  const { stdout } = await machine.install(pins, ['-i', url, '--dry-run', '--report', '-']);
  const report = JSON.parse(stdout) as {
    requirements: { name: string; version: string; archive: { filename: string } | null }[];
  };
  return Promise.all(
    report.requirements.flatMap(({ name, version, archive }) => {
      const file = projects[name]?.find(({ filename }) => filename === archive?.filename);
      return file === undefined ? [] : [withDigest(name, version, file)];
    }),
  );
}

async function withDigest(name: string, version: string, file: FileSpec): Promise<Chosen> {
  const bytes = await contentBytes(file.bytes);
  return { name, version, file, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function pinned(changed?: string): string[] {
  return chosen.flatMap(({ name, version, sha256 }) => {
    const digest = base64url(sha256);
    const last = digest.slice(0, 42);
    const other = `${last.slice(0, 10)}${last[10] === 'q' ? 'r' : 'q'}${digest.slice(11)}`;
    return [`# sha256: ${name === changed ? other : digest}`, `${name}==${version}`, ''];
  });
}

describe('real packages, pinned in the original style, from an index over HTTP', () => {
  const absent = 'pip is set up with no directory that has flask, numpy and cryptography and 17 more';
  const enough = () =>
    chosen.length >= 20 &&
    ['flask', 'numpy', 'cryptography'].every((name) => chosen.some((each) => each.name === name));

  it('one digest changed by one character: nothing is installed, and nothing of it is on disk', async (context) => {
    if (index === undefined || !enough()) return context.skip(absent);
    const { status, stdout } = await machine.install(pinned('markupsafe'), ['-i', index.url]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^THE ARCHIVES BELOW DO NOT MATCH[\s\S]*\n {4}markupsafe: expected /);
    expect(machine.starts().filter((start) => start === 'pip')).toEqual([]);
    expect(machine.installed()).toEqual([]);
    const bytes = new Map<string, Buffer>();
    for (const { name, file } of chosen) bytes.set(name, await contentBytes(file.bytes));
    const changed = bytes.get('markupsafe') ?? Buffer.alloc(0);
    bytes.delete('markupsafe');
    // Packages share licence texts.
    const needles = needlesOf(changed, [...bytes.values()]);
    expect(needles.length).toBeGreaterThan(10);
    expect(bytesOnDisk([machine.directory.path], needles)).toEqual([]);
  });

  it('installs, imports, and freezes as name==version', async (context) => {
    if (index === undefined || !enough()) return context.skip(absent);
    machine.starts();
    const { status, stderr } = await machine.install(pinned(), ['-i', index.url, '--no-compile']);
    expect(stderr).toMatch(new RegExp(`^${chosen.length} verified`, 'm'));
    expect(status).toBe(0);
    expect(machine.starts()).toEqual(['probe', 'pip']);
    const modules = chosen.map(({ name }) => source[name as keyof typeof source]);
    await machine.venv.run('-B', '-c', `import ${modules.join(', ')}`);
    const frozen = (await machine.venv.run('-m', 'pip', 'freeze', '--all')).split('\n');
    const normal = frozen.map((line) =>
      line.replace(/^[^=]+/, (name) => name.toLowerCase().replace(/[-_.]+/g, '-')),
    );
    expect(normal).toEqual(expect.arrayContaining(chosen.map(({ name, version }) => `${name}==${version}`)));
    const again = await machine.install(pinned(), ['-i', index.url]);
    expect(machine.shown(again.stderr)).toContain(`\n${chosen.length} already installed in [TIME], for `);

    await verifyNamesThree(chosen.length);
  });

  /** One file flipped, one gone and one more in an environment of real packages: those three, and nothing else. */
  async function verifyNamesThree(count: number): Promise<void> {
    const verify = () => machine.peep(['verify', '-r', 'requirements.txt', '-i', index?.url ?? '']);
    machine.withoutLog();
    expect(differencesIn((await verify()).stdout)).toEqual([]);
    const site = machine.venv.sitePackages;
    const flipped = readFileSync(join(site, 'click/core.py'));
    flipped.writeUInt8(flipped.readUInt8(1000) ^ 1, 1000);
    writeFileSync(join(site, 'click/core.py'), flipped);
    rmSync(join(site, 'requests/api.py'));
    writeFileSync(join(site, 'certifi/more.py'), '');
    const { status, stdout } = await verify();
    expect(status).toBe(1);
    const expected = ['added certifi/more.py', 'changed click/core.py', 'missing requests/api.py'];
    expect(differencesIn(stdout)).toEqual(expected);
    const fixed = await machine.peep([
      'verify',
      '-r',
      'requirements.txt',
      '-i',
      index?.url ?? '',
      '--fix',
      '--yes',
    ]);
    expect(fixed.status).toBe(0);
    expect(fixed.stdout).toContain(`${count} distributions match their pinned wheels`);
  }
});

function differencesIn(stdout: string): string[] {
  return stdout
    .split('\n')
    .flatMap((line) => /^ {4}(\w+) +\S*site-packages\/(\S+)/.exec(line)?.slice(1).join(' ') ?? []);
}
