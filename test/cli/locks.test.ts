import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import type { Recorded } from '../support/locks/parts.js';
import { lockedProject, type Named, type ProjectFile } from '../support/locks/project.js';
import { uvLock } from '../support/locks/uv-lock.js';
import { installRealUv } from '../support/real-uv.js';
import { type Machine, makeMachine } from './machine.js';

const archives = new Map<string, BuiltArchive>();

function build({ filename, name, version }: Named): ProjectFile {
  const tag = /-(py3-none-[^.]+)\.whl$/.exec(filename)?.[1];
  const archive =
    tag === undefined
      ? sdist({ name: name.replaceAll('-', '_'), version })
      : wheel({
          name,
          version,
          tag,
          files: { [`${name.replaceAll('-', '_')}.py`]: `version = '${version}'\n` },
        });
  archives.set(filename, archive);
  return { filename, sha256: archive.sha256, size: archive.bytes.length };
}

const project = lockedProject(400, build);
const recorded = JSON.parse(
  readFileSync(new URL('../vectors/locks.json', import.meta.url), 'utf8'),
) as Recorded;

/** The real one where it is, else the one on PATH. */
async function findUv(directory: string): Promise<string | undefined> {
  const installed = await installRealUv(directory);
  if (installed !== undefined) return join(installed, 'uv');
  return spawnSync('uv', ['--version'], { stdio: 'ignore' }).status === 0 ? 'uv' : undefined;
}

/** pip takes a minute for that many wheels where others use the machine as well. */
const busy = 600_000;

describe('a uv.lock of 400 packages', () => {
  let machine: Machine;
  let index: MockIndex;
  beforeAll(async () => {
    machine = await makeMachine();
    const projects: Record<string, { filename: string; bytes: Buffer }[]> = {};
    for (const { name, files } of project.packages) {
      const served = files.map(({ filename }) => ({
        filename,
        bytes: archives.get(filename)?.bytes as Buffer,
      }));
      projects[name] = [...(projects[name] ?? []), ...served];
    }
    index = await startMockIndex({ projects });
  });
  afterAll(async () => {
    await index?.close();
    machine?.[Symbol.dispose]();
  });
  afterEach(() => machine.reset());

  const everything = (recorded['400'] as Recorded[string]).everything.requirements.map(([text]) => text);
  const files = project.packages
    .filter(({ name, version }) => everything.includes(`${name}==${version}`))
    .flatMap((item) => item.files.map(({ filename }) => filename));
  const lock = (): string =>
    uvLock(project, (filename, name) => `${new URL(index.url).origin}/files/${name}/${filename}`);
  const fetchAll = (more: readonly string[] = []) =>
    machine.peep(['fetch', '--all', '-r', 'uv.lock', '--dest', 'wheelhouse', ...more], { timeout: busy });

  it('is fetched whole in one command, each file by one request and no page', {
    timeout: 120_000,
  }, async () => {
    machine.write('uv.lock', lock());
    const before = index.requests.length;
    const { status, stderr } = await fetchAll();
    expect(status).toBe(0);
    const notArchives = ['SHA256SUMS', 'peep-manifest.json'];
    const written = readdirSync(`${machine.work}/wheelhouse`).filter((name) => !notArchives.includes(name));
    expect(stderr).toContain(`wrote ${written.length} archives to wheelhouse`);
    // What uv exports for no platform at all may be among them: markers are not asked.
    expect(files.filter((filename) => !written.includes(filename))).toEqual([]);
    expect(written.filter((filename) => !archives.has(filename))).toEqual([]);
    expect(index.requests).toHaveLength(before + written.length);
    expect(machine.starts()).toEqual([]);
  });

  it('installs from there without a network: by peep, by pip, and by uv where it is', {
    timeout: 1_500_000,
  }, async () => {
    machine.write('uv.lock', lock());
    expect((await fetchAll()).status).toBe(0);
    const offline = [
      ...['--no-index', '--find-links', 'wheelhouse', '--cache-dir', machine.directory.join('other')],
    ];
    const install = ['install', '-r', 'uv.lock', '--offline', '--report', 'report.json', ...offline];
    const { status, stderr } = await machine.peep(install, { timeout: busy });
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
    const installed = machine.installed();
    const report = JSON.parse(machine.read('report.json')) as {
      requirements: { name: string; version: string; status: string; expected: string[] }[];
    };
    const wanted = report.requirements.filter(({ status }) => status === 'installed');
    expect(installed).toHaveLength(wanted.length);
    const { requirements, applies } = (recorded['400'] as Recorded[string]).default;
    const series = execFileSync(
      machine.venv.python,
      ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'],
      {
        encoding: 'utf8',
      },
    ).trim();
    const holds = applies[`${series}:manylinux_2_28_x86_64`];
    if (process.platform === 'linux' && process.arch === 'x64' && holds !== undefined) {
      const expected = requirements.flatMap(([text], i) =>
        holds[i] === '1' ? [text.replaceAll('-', '_')] : [],
      );
      expect(installed).toEqual(expected.sort());
    }

    machine.write(
      'requirements.txt',
      wanted
        .map(({ name, version, expected }) =>
          [`${name}==${version}`, ...expected.map((digest) => `--hash=${digest}`)].join(' \\\n    '),
        )
        .join('\n'),
    );
    const local = ['--no-index', '--find-links', 'wheelhouse', '--no-deps', '--require-hashes'];
    const run = (command: string, args: readonly string[]): string =>
      execFileSync(command, [...args, ...local, '-r', 'requirements.txt'], {
        cwd: machine.work,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const pip = [
      '-m',
      'pip',
      'install',
      '--isolated',
      '--target',
      'by-pip',
      '--no-compile',
      '--no-build-isolation',
    ];
    run(machine.venv.python, pip);
    expect(distributions('by-pip')).toEqual(installed);
    const uv = await findUv(machine.directory.join('uv'));
    if (uv === undefined) return console.warn('skipped: there is no uv to install with');
    run(uv, [
      'pip',
      'install',
      '--offline',
      '--no-config',
      '--no-cache',
      '--python',
      machine.venv.python,
      '--target',
      'by-uv',
    ]);
    expect(distributions('by-uv')).toEqual(installed);
  });

  const distributions = (directory: string): string[] =>
    readdirSync(`${machine.work}/${directory}`)
      .flatMap((name) => /^(.+)-([^-]+)\.dist-info$/.exec(name)?.slice(1, 3).join('==') ?? [])
      .sort();

  it('needs none of its URLs: any index that has the bytes will do', { timeout: 120_000 }, async () => {
    machine.write(
      'uv.lock',
      uvLock(project, (filename) => `http://127.0.0.1:9/${filename}`),
    );
    const { status, stdout } = await machine.peep([
      ...['fetch', '-r', 'uv.lock', '--for', '3.11:win_amd64', '--no-dev', '-i', index.url, '--report', '-'],
    ]);
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as { requirements: { status: string }[] };
    const { applies } = (recorded['400'] as Recorded[string])['no-dev'];
    const verified = report.requirements.filter(({ status }) => status === 'verified');
    expect(verified).toHaveLength((applies['3.11:win_amd64'] ?? '').replaceAll('0', '').length);
  });
});
