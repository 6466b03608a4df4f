import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalizeName } from '../../../src/packaging/name.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import { readInstalled } from '../../../src/target/installed.js';
import { probeInterpreter } from '../../../src/target/probe.js';
import { pythons } from '../../support/pythons.js';
import { type TempDirectory, tempDirectory } from '../../support/temp-directory.js';

const run = promisify(execFile);
let directory: TempDirectory;
beforeEach(() => {
  directory = tempDirectory();
});
afterEach(() => directory[Symbol.dispose]());

function write(path: string, text: string): string {
  const full = directory.join(path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

function metadata(name: string, version: string): string {
  return `Metadata-Version: 2.1\r\nName: ${name}\r\nVersion: ${version}\r\n\r\nName: not-this\n`;
}

async function found(paths: string[], source?: string[]): Promise<Record<string, string>> {
  const installed = await readInstalled(paths, source && new Set(source as ProjectName[]));
  return Object.fromEntries([...installed].map(([project, { version }]) => [project, version]));
}

describe('readInstalled', () => {
  it('reads names and versions from directory names, and from metadata where they do not tell', async () => {
    write('Flask-3.0.0.dist-info/METADATA', 'no headers are needed');
    write('zope.interface-6.1.dist-info/METADATA', '');
    write('two-dashes-1.0.dist-info/METADATA', metadata('two-dashes', '1.0'));
    write('local-1.0_cpu.dist-info/METADATA', metadata('local', '1.0+cpu'));
    write('old_egg-0.5-py3.9.egg-info/PKG-INFO', metadata('old-egg', '0.5'));
    write('distutils-2.0-py3.9.egg-info', metadata('distutils', '2.0'));
    write('develop.egg-info/PKG-INFO', metadata('Develop', '1.dev0'));
    expect(await found([directory.path])).toEqual({
      flask: '3.0.0',
      'zope-interface': '6.1',
      'two-dashes': '1.0',
      local: '1.0+cpu',
      'old-egg': '0.5',
      distutils: '2.0',
      develop: '1.dev0',
    });
  });

  it('takes the first directory of the path', async () => {
    write('a/pkg-1.0.dist-info/METADATA', '');
    write('b/pkg-2.0.dist-info/METADATA', '');
    expect(await found([directory.join('a'), directory.join('b')])).toEqual({ pkg: '1.0' });
    expect(await found([directory.join('b'), directory.join('a')])).toEqual({ pkg: '2.0' });
  });

  it('passes over what an uninstall left behind, where it matters', async () => {
    mkdirSync(directory.join('a', 'gone-1.0.dist-info'), { recursive: true });
    write('a/~ip-1.0.dist-info/METADATA', metadata('~ip', '1.0'));
    write('b/gone-2.0.dist-info/METADATA', '');
    expect(await found([directory.join('a'), directory.join('b')], ['gone'])).toEqual({ gone: '2.0' });
  });

  it('tells two versions in one directory', async () => {
    const paths = ['1.0', '2.0'].map((version) => dirname(write(`pkg-${version}.dist-info/METADATA`, '')));
    const installed = await readInstalled([directory.path]);
    expect([...installed.values()]).toMatchObject([
      { version: '1.0', metadataPath: paths[0], duplicates: [paths[1]] },
    ]);
  });

  it('reads direct_url.json for those asked', async () => {
    write('pkg-1.0.dist-info/METADATA', '');
    write('pkg-1.0.dist-info/direct_url.json', '{"url": "file:///x"}');
    const direct = async (source: string[]) =>
      (await readInstalled([directory.path], new Set(source as ProjectName[]))).get('pkg' as ProjectName)
        ?.directUrl;
    expect(await direct(['pkg'])).toBe('{"url": "file:///x"}');
    expect(await direct([])).toBeUndefined();
  });

  it('follows egg-link files and finds eggs on the path', async () => {
    write('project/linked.egg-info/PKG-INFO', metadata('linked', '0.1'));
    write('site/linked.egg-link', `${directory.join('project')}\n.`);
    write('site/relative.egg-link', '../project\n.');
    write('site/directory-1.0-py3.9.egg/EGG-INFO/PKG-INFO', metadata('directory', '1.0'));
    write('site/zipped-2.0-py3.9.egg', 'PK');
    const egg = (name: string) => directory.join('site', name);
    expect(
      await found([directory.join('site'), egg('directory-1.0-py3.9.egg'), egg('zipped-2.0-py3.9.egg')]),
    ).toEqual({
      linked: '0.1',
      directory: '1.0',
      zipped: '2.0',
    });
  });

  it('is content with directories that are not there, files, and relative paths', async () => {
    const file = write('python.zip', '');
    expect(await found([directory.join('nothing'), file, '.', ''])).toEqual({});
  });

  const all = pythons();
  it('finds what the Pythons of this machine find', async (context) => {
    const modern = (await all).filter(({ series }) => series[0] === 3 && series[1] >= 8);
    if (modern.length === 0) return context.skip('no Python 3.8 or newer on this machine');
    const code = `
import importlib.metadata as m, json
seen = {}
for d in m.distributions():
    name = d.metadata['Name']
    if name: seen.setdefault(name, d.version)
print(json.dumps(seen))`;
    for (const python of modern) {
      const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
      const { stdout } = await run(python.path, ['-c', code], {
        env,
        cwd: directory.path,
        maxBuffer: 1 << 26,
      });
      const expected: Record<string, string> = {};
      for (const [name, version] of Object.entries(JSON.parse(stdout) as Record<string, string>)) {
        expected[canonicalizeName(name)] ??= version;
      }
      const { sitePaths } = await probeInterpreter({ python: python.path, env });
      expect(await found([...sitePaths]), join(python.path)).toEqual(expected);
    }
  });
});
