import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipConfigFiles } from '../../../src/config/config-files.js';
import {
  type PipConfigFiles,
  pipConfigPaths,
  pipSettings,
  readPipConfig,
} from '../../../src/config/pip-config.js';
import { defaultPython } from '../../support/pythons.js';
import { tempDirectory } from '../../support/temp-directory.js';
import { makeVenv } from '../../support/venv.js';

/** A disk of given files; what is `null` is closed to this user. */
function disk(files: Record<string, string | Uint8Array | null>, directories: string[] = []): PipConfigFiles {
  return {
    async readFile(path) {
      const content = files[path];
      if (content === undefined || content === null) {
        throw Object.assign(new Error(path), { code: content === null ? 'EACCES' : 'ENOENT' });
      }
      return typeof content === 'string' ? Buffer.from(content) : content;
    },
    isDirectory: async (path) => directories.includes(path),
  };
}

const linux = { platform: 'linux', home: '/home/me', prefix: '/venv' } as const;

async function settings(
  files: Record<string, string | Uint8Array | null>,
  env: Record<string, string> = {},
  host: Partial<Parameters<typeof readPipConfig>[0]> = {},
): Promise<Record<string, string>> {
  const config = await readPipConfig({ ...linux, env, ...host }, disk(files));
  return Object.fromEntries(pipSettings(config, env).map(({ name, value }) => [name, value]));
}

const option = (value: string, section = 'global') => `[${section}]\ntimeout = ${value}\n`;

describe('where pip.conf lies', () => {
  it('on Linux', () => {
    expect(pipConfigPaths({ ...linux, env: {} }, undefined)).toEqual({
      global: ['/etc/xdg/pip/pip.conf', '/etc/pip.conf'],
      user: ['/home/me/.pip/pip.conf', '/home/me/.config/pip/pip.conf'],
      site: ['/venv/pip.conf'],
    });
    const env = { XDG_CONFIG_DIRS: '/a:/b', XDG_CONFIG_HOME: '/c' };
    expect(pipConfigPaths({ ...linux, prefix: undefined, env }, undefined)).toEqual({
      global: ['/a/pip/pip.conf', '/b/pip/pip.conf', '/etc/pip.conf'],
      user: ['/home/me/.pip/pip.conf', '/c/pip/pip.conf'],
      site: [],
    });
  });

  it('on macOS', async () => {
    const host = {
      env: {},
      platform: 'darwin',
      home: '/Users/me',
      prefix: '/opt/homebrew/opt/python@3.12/x',
    } as const;
    expect(pipConfigPaths(host, undefined)).toMatchObject({
      global: ['/opt/homebrew/share/pip/pip.conf', '/Library/Application Support/pip/pip.conf'],
      user: ['/Users/me/.pip/pip.conf', '/Users/me/.config/pip/pip.conf'],
    });
    const support = '/Users/me/Library/Application Support/pip';
    const read = await readPipConfig(
      { ...host, prefix: undefined },
      disk({ [`${support}/pip.conf`]: option('1') }, [support]),
    );
    expect(read.map(({ path }) => path)).toEqual([`${support}/pip.conf`]);
  });

  it('on Windows', () => {
    const host = { platform: 'win32', home: 'C:\\Users\\me', prefix: 'D:\\venv' } as const;
    expect(pipConfigPaths({ ...host, env: { APPDATA: 'C:\\A', PROGRAMDATA: 'C:\\P' } }, undefined)).toEqual({
      global: ['C:\\P\\pip\\pip.ini'],
      user: ['C:\\Users\\me\\pip\\pip.ini', 'C:\\A\\pip\\pip.ini'],
      site: ['D:\\venv\\pip.ini'],
    });
  });
});

describe('which setting wins', () => {
  const xdg = '/etc/xdg/pip/pip.conf';
  const etc = '/etc/pip.conf';
  const legacy = '/home/me/.pip/pip.conf';
  const user = '/home/me/.config/pip/pip.conf';
  const site = '/venv/pip.conf';

  it('global, user, site, PIP_CONFIG_FILE, variables: the later overrides', async () => {
    const files: Record<string, string> = {};
    for (const [i, path] of [xdg, etc, legacy, user, site].entries()) {
      files[path] = option(String(i));
      expect(await settings(files)).toEqual({ timeout: String(i) });
    }
    files['/own.conf'] = option('own');
    expect(await settings(files, { PIP_CONFIG_FILE: '/own.conf' })).toMatchObject({ timeout: 'own' });
    expect(await settings(files, { PIP_TIMEOUT: 'variable' })).toEqual({ timeout: 'variable' });
  });

  it('[install] of any file over [global] of any', async () => {
    expect(await settings({ [etc]: option('install', 'install'), [user]: option('global') })).toEqual({
      timeout: 'install',
    });
    expect(await settings({ [etc]: option('no', 'download') })).toEqual({});
  });

  it("a PIP_CONFIG_FILE that exists replaces the user's, and the null device all", async () => {
    const files = {
      [user]: '[global]\nretries = 1\n',
      [etc]: '[global]\ncert = /c\n',
      '/own.conf': option('2'),
    };
    expect(await settings(files, { PIP_CONFIG_FILE: '/own.conf' })).toMatchObject({
      timeout: '2',
      cert: '/c',
    });
    expect(await settings(files, { PIP_CONFIG_FILE: '/own.conf' })).not.toHaveProperty('retries');
    expect(await settings(files, { PIP_CONFIG_FILE: '/not/there' })).toMatchObject({
      retries: '1',
      cert: '/c',
    });
    expect(await settings(files, { PIP_CONFIG_FILE: '/dev/null' })).toEqual({ 'config-file': '/dev/null' });
  });

  it('empty values are none', async () => {
    expect(await settings({ [etc]: option('3'), [user]: option('') }, { PIP_TIMEOUT: '' })).toEqual({});
    expect(await settings({ [etc]: option('3') }, { PIP_TIMEOUT: '' })).toEqual({ timeout: '3' });
  });

  it('names are read as pip reads them', async () => {
    expect(
      await settings(
        { [etc]: '[global]\n--Index_URL = a\n' },
        { PIP_NO_INDEX: '1', pip_cert: 'x', PIP_VERSION: '1' },
      ),
    ).toEqual({
      'index-url': 'a',
      'no-index': '1',
    });
  });

  it('says where a value came from', async () => {
    const config = await readPipConfig({ ...linux, env: {} }, disk({ [etc]: option('x') }));
    expect(pipSettings(config, { PIP_RETRIES: '3' }).map(({ from }) => from)).toEqual([
      "timeout in [global] of '/etc/pip.conf'",
      'PIP_RETRIES',
    ]);
  });

  it('is silent about files that are closed to this user, and not about one that was named', async () => {
    expect(await settings({ [user]: null, [etc]: option('3') })).toEqual({ timeout: '3' });
    await expect(settings({ '/own.conf': null }, { PIP_CONFIG_FILE: '/own.conf' })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining('/own.conf'),
      hint: expect.stringContaining('PIP_CONFIG_FILE'),
    });
  });

  it.each([
    ['CONFIG_INVALID', 'nonsense\n'],
    ['CONFIG_UNREADABLE', Uint8Array.of(0x5b, 0xff, 0xfe)],
    ['CONFIG_UNREADABLE', '#'.repeat((1 << 20) + 1)],
  ])('%s', async (code, content) => {
    await expect(settings({ [etc]: content })).rejects.toMatchObject({ code, hint: expect.any(String) });
  });
});

describe('beside the real pip', async () => {
  const python = await defaultPython();
  it.skipIf(python?.pip === undefined)('`pip config list` shows the same values', async () => {
    using directory = tempDirectory();
    const home = directory.join('home');
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    };
    write(
      `${home}/.pip/pip.conf`,
      '[global]\ntimeout = 1\nretries = 1\nfind-links =\n  a\n  b\n[install]\npre = yes\n',
    );
    write(`${home}/xdg/pip/pip.conf`, '[global]\ntimeout = 2\n[freeze]\ntimeout = 9\n');
    write(`${home}/dirs/pip/pip.conf`, '[global]\nproxy = p\ntimeout = 0\n[install]\npre = no\n');
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      XDG_CONFIG_HOME: `${home}/xdg`,
      XDG_CONFIG_DIRS: `${home}/dirs`,
      PIP_TRUSTED_HOST: 'a b',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
    };
    const list = execFileSync(python?.path ?? '', ['-m', 'pip', 'config', 'list'], {
      env,
      cwd: directory.path,
    }).toString();
    const expected = new Map<string, string>();
    for (const line of list.trim().split('\n')) {
      const [, section = '', name = '', value = ''] =
        /^(:env:|\w+)\.([\w-]+)=(?:'|")(.*)(?:'|")$/.exec(line) ?? [];
      if (['global', 'install', ':env:'].includes(section))
        expected.set(`${section}.${name}`, value.replaceAll('\\n', '\n'));
    }
    const prefix = execFileSync(python?.path ?? '', ['-c', 'import sys; print(sys.prefix)'], { env })
      .toString()
      .trim();
    const config = await readPipConfig({ env, platform: process.platform, home, prefix }, pipConfigFiles);
    const got = new Map<string, string>();
    for (const { name, value, from } of pipSettings(config, env)) {
      got.set(`${/\[(\w+)\]/.exec(from)?.[1] ?? ':env:'}.${name}`, value);
    }
    expect(Object.fromEntries(got)).toEqual(Object.fromEntries(expected));
  });

  it.skipIf(python?.pip === undefined)(
    "an environment's own file is over the user's, PIP_CONFIG_FILE over both",
    async () => {
      if (python === undefined) return;
      using directory = tempDirectory();
      const prefix = directory.join('venv');
      const venv = await makeVenv(python, prefix);
      const files = {
        site: `${prefix}/pip.conf`,
        user: directory.join('pip/pip.conf'),
        own: directory.join('own.conf'),
      };
      mkdirSync(dirname(files.user));
      for (const [name, path] of Object.entries(files)) writeFileSync(path, `[global]\nproxy = ${name}\n`);
      const clean = { PATH: process.env.PATH ?? '', HOME: directory.path, XDG_CONFIG_HOME: directory.path };
      for (const [env, expected] of [
        [clean, 'site'],
        [{ ...clean, PIP_CONFIG_FILE: files.own }, 'own'],
      ] as const) {
        const told = execFileSync(venv.python, ['-m', 'pip', 'config', 'list'], { env });
        const config = await readPipConfig(
          { env, platform: process.platform, home: directory.path, prefix },
          pipConfigFiles,
        );
        const proxies = pipSettings(config, env).filter(({ name }) => name === 'proxy');
        expect(told.toString()).toContain(`global.proxy='${expected}'`);
        expect(proxies.map(({ value }) => value)).toEqual([expected]);
      }
    },
  );
});
