import { describe, expect, test } from 'vitest';
import type { Sha256 } from '../../../src/hash/digest.js';
import { type HandOverPlan, handOverArguments, type StagedArchive } from '../../../src/install/handover.js';
import type { NameSpecifier } from '../../../src/install/name-specifier.js';
import { parsePipVersion } from '../../../src/install/pip-version.js';
import type { ProjectName } from '../../../src/packaging/types.js';

const sha256 = 'ab'.repeat(32) as Sha256;

function archive(changes: Partial<StagedArchive> = {}): StagedArchive {
  return {
    path: '/t/s/a/Flask-0.9.tar.gz',
    sha256,
    name: 'Flask' as ProjectName,
    specifier: '==0.9' as NameSpecifier,
    ...changes,
  };
}

function handOver(changes: Partial<HandOverPlan> = {}, pip = '26.2') {
  return handOverArguments({
    pip: parsePipVersion(pip),
    foreignTarget: undefined,
    archives: [archive()],
    findLinks: '/t/s/archives',
    requirementsFile: '/t/s/requirements.txt',
    passThrough: [],
    reinstall: false,
    verbosity: 0,
    color: true,
    cacheDir: '/t/s/cache',
    programs: '/t/s/programs',
    platform: 'linux',
    env: {},
    ...changes,
  });
}

/** pip's arguments, less the interpreter's own. */
const pipArguments = (changes: Partial<HandOverPlan> = {}, pip?: string) =>
  handOver(changes, pip).argv.slice(2);

describe('the arguments of the hand-over', () => {
  test('shut pip in (P5)', () => {
    expect(pipArguments({ passThrough: ['--target=my lib'], color: false })).toEqual([
      ...['install', '--no-index', '--no-deps', '--require-hashes', '--isolated'],
      ...[
        '--disable-pip-version-check',
        '--no-input',
        '--progress-bar',
        'off',
        '--cache-dir',
        '/t/s/cache',
        '--pre',
      ],
      ...['--find-links', '/t/s/archives', '--no-color', '--root-user-action=ignore'],
      ...['--target=my lib', '-r', '/t/s/requirements.txt'],
    ]);
  });

  test('start pip so that the working directory is no place to import from', () => {
    const [flag, code] = handOver().argv;
    expect(flag).toBe('-c');
    expect(code).toMatch(/^import sys; sys\.path\[:\] = .*runpy/);
    expect(code).not.toContain('"');
  });

  test('name a foreign target before the command, as pip wants it', () => {
    expect(pipArguments({ foreignTarget: '/v/bin/python' }).slice(0, 3)).toEqual([
      '--python',
      '/v/bin/python',
      'install',
    ]);
  });

  test.each([
    [2, '-vv'],
    [-1, '-q'],
  ])('pass on how much is to be said: %i', (verbosity, option) => {
    expect(pipArguments({ verbosity })).toContain(option);
  });
});

describe('the requirements that pip gets', () => {
  test('are names, versions and digests', () => {
    expect(handOver().requirementsText).toBe(`Flask==0.9 --hash=sha256:${sha256}\n`);
    const one = archive({ name: 'old' as ProjectName, specifier: '===2004d' as NameSpecifier });
    expect(handOver({ archives: [one] }).requirementsText).toBe(`old===2004d --hash=sha256:${sha256}\n`);
  });

  test.each([
    ['linux', '/t/a b/ü#?%/-x.zip', 'file:///t/a%20b/%C3%BC%23%3F%25/-x.zip'],
    ['darwin', '/private/var/f "q"/x.zip', 'file:///private/var/f%20%22q%22/x.zip'],
    ['win32', 'C:\\Users\\Zoë M\\Temp\\x.zip', 'file:///C:/Users/Zo%C3%AB%20M/Temp/x.zip'],
    ['win32', '\\\\server\\share\\x.zip', 'file://server/share/x.zip'],
  ] as const)('are file URLs where the file has no standard name: %s %s', (platform, path, url) => {
    const archives = [archive({ name: 'x' as ProjectName, specifier: undefined, path })];
    expect(handOver({ platform, archives }).requirementsText).toBe(`x @ ${url} --hash=sha256:${sha256}\n`);
    expect(handOver({ platform, archives }, '19.2').requirementsText).toBe(
      `${url}#egg=x --hash=sha256:${sha256}\n`,
    );
  });

  test('may be many', () => {
    const archives = Array.from({ length: 1000 }, (_, i) => archive({ name: `p${i}` as ProjectName }));
    const { requirementsText, argv } = handOver({ archives });
    expect(requirementsText.split('\n')).toHaveLength(1001);
    expect(argv.length).toBeLessThan(30);
  });
});

describe('the environment of the hand-over', () => {
  const inherited = {
    PATH: '/bin',
    HOME: '/home/u',
    PIP_FIND_LINKS: '/evil',
    pip_target: '/evil',
    _PIP_STANDALONE_CERT: 'x',
    PYTHONPATH: '/evil',
    PYTHONHOME: '/evil',
    PYTHONSTARTUP: '/evil',
    PYTHONPYCACHEPREFIX: 'evil',
    PYTHONWARNINGS: 'error::evil.Warning',
    PYTHONUSERBASE: '/home/u/base',
    PYTHONUTF8: '1',
    __PYVENV_LAUNCHER__: '/evil',
    UNSET: undefined,
  };

  test('has nothing that steers pip or imports (P5)', () => {
    expect(handOver({ env: inherited }).env).toEqual({
      PATH: '/t/s/programs:/bin',
      HOME: '/home/u',
      PYTHONUSERBASE: '/home/u/base',
      PYTHONUTF8: '1',
      PIP_CONFIG_FILE: '/dev/null',
      PIP_NO_INDEX: '1',
      PIP_NO_INPUT: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_CACHE_DIR: '/t/s/cache',
      PIP_PROXY: 'http://127.0.0.1:9',
      PIP_RETRIES: '0',
      GIT_ALLOW_PROTOCOL: 'none',
    });
  });

  test.each([
    ['base', false],
    ['./base', false],
    ['~/base', false],
    ['D:\\base', false],
    ['.', false],
    ['', false],
    ['/base', true],
  ])(
    'has a home or user base only where that is not a directory below the working directory: %s',
    (value, kept) => {
      const { env } = handOver({ env: { PYTHONUSERBASE: value, HOME: value } });
      expect(['PYTHONUSERBASE' in env, 'HOME' in env]).toEqual([kept, kept]);
    },
  );

  test.each([
    ['D:\\base', true],
    ['\\\\server\\share', true],
    ['D:base', false],
    ['\\base', false],
    ['~\\base', false],
  ])('the same on Windows: %s', (value, kept) => {
    const { env } = handOver({ platform: 'win32', env: { PYTHONUSERBASE: value, APPDATA: value } });
    expect(['PYTHONUSERBASE' in env, 'APPDATA' in env]).toEqual([kept, kept]);
  });

  test('finds the programs that refuse before any other', () => {
    expect(handOver({ env: { PATH: '/bin' } }).env.PATH).toBe('/t/s/programs:/bin');
    expect(handOver({ env: {} }).env.PATH).toBe('/t/s/programs:/usr/local/bin:/usr/bin:/bin');
    const onWindows = handOver({ platform: 'win32', env: { Path: 'C:\\bin' } });
    expect(onWindows.env.Path).toBe('/t/s/programs;C:\\bin');
  });

  test('shuts configuration files out on Windows too', () => {
    expect(handOver({ platform: 'win32' }).env.PIP_CONFIG_FILE).toBe('nul');
  });
});
